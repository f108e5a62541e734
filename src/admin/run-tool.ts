import { toToolResult } from '../connectors/openapi/answer/to-tool-result.ts';
import { buildRequest } from '../connectors/openapi/request/build-request.ts';
import type { Api } from '../http/api/create-api.ts';
import { objectMember, type Json, type JsonObject } from '../kernel/json.ts';
import type { Principal } from '../kernel/principal.ts';
import { ArgumentError } from '../upstream/argument-error.ts';
import { errorResult, textBlock } from '../upstream/tool-result.ts';
import { SECRET_META, type AdminTool, type AdminTools } from './compile-tools.ts';

/** What running a tool takes. */
export interface RunContext {
  readonly api: Pick<Api, 'callAs'>;
  readonly tools: AdminTools;
  /** The URL clients reach the gateway under, for the links in answers. */
  baseUrl(): string;
}

/** How a tool is run. */
export type RunTool = typeof runTool;

/**
 * Runs an operation as the caller and returns a CallToolResult. Arguments that cannot be sent and
 * whatever the operation refuses are tool errors; nothing is thrown for them.
 */
export async function runTool(
  { api, tools, baseUrl }: RunContext,
  principal: Principal,
  tool: AdminTool,
  input: JsonObject,
): Promise<JsonObject> {
  const { operation, route } = tool;
  let request: Request;
  try {
    const { origin } = new URL(baseUrl());
    const { url, method, headers, body } = buildRequest(operation, input, {
      documentUrl: `${origin}/openapi.json`,
      mainServer: tools.document.service.servers[0],
    });
    const init = body === undefined ? {} : { body: new Uint8Array(body) };
    request = new Request(url, { method, headers, ...init });
  } catch (error) {
    if (error instanceof ArgumentError) return errorResult(error.message);
    throw error;
  }
  const answer = await api.callAs(principal, route, request);
  const result = toToolResult(operation, {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: Buffer.from(await answer.arrayBuffer()),
  });
  if (!answer.ok) return result;
  const tagged = withVersion(result, answer.headers.get('etag'));
  return route.secretOnce === true ? withSecretMark(tagged) : tagged;
}

/** A model reads texts, not headers. */
function withVersion(result: JsonObject, etag: string | null): JsonObject {
  return etag === null ? result : withText(result, `ETag, for If-Match of a change: ${etag}`);
}

function withSecretMark(result: JsonObject): JsonObject {
  const meta = { ...objectMember(result, '_meta'), [SECRET_META]: true };
  const text =
    'This holds a secret that is never shown again: hand it over, and repeat it nowhere.';
  return { ...withText(result, text), _meta: meta };
}

function withText(result: JsonObject, text: string): JsonObject {
  const blocks = Array.isArray(result['content']) ? (result['content'] as readonly Json[]) : [];
  return { ...result, content: [...blocks, textBlock(text)] };
}
