import { ProtocolError, Server, type McpRequestContext } from '@modelcontextprotocol/server';
import { toRpcErrorObject } from '../../src/kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import type { ExchangeIo } from '../../src/mcp/message.ts';
import { inTime, requestOf, resultOf } from './call-tool.ts';
import type { OpenedService } from './open-service.ts';

const METHODS = {
  tools: ['tools/list', 'tools/call'],
  resources: ['resources/list', 'resources/templates/list', 'resources/read'],
} as const;

type Method = (typeof METHODS)[keyof typeof METHODS][number];

interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: Json;
}

interface Exchange {
  readonly signal: AbortSignal;
  notify(params: JsonObject): Promise<void>;
}

/** Makes an MCP server of one connection or request: it shows and calls the API's operations. */
export function createServer(opened: OpenedService, era: McpRequestContext['era']): Server {
  const { title, version, description } = opened.service.document.service;
  const { capabilities } = opened.surface;
  const server = new Server(
    { name: title === '' ? 'openapi' : title, version: version || '0' },
    { capabilities, ...(description === undefined ? {} : { instructions: description }) },
  );
  for (const [kind, methods] of Object.entries(METHODS)) {
    if (capabilities[kind] === undefined) continue;
    for (const method of methods) {
      server.setRequestHandler(method, async ({ params }, { mcpReq }) => {
        const { signal } = mcpReq;
        const notify = (told: JsonObject): Promise<void> =>
          mcpReq.notify({ method: 'notifications/progress', params: told });
        // The connector's own results; their shapes are those of the protocol's newest revision.
        const result = await answer(opened, method, params ?? {}, { signal, notify });
        return (era === 'legacy' ? olderResult(result) : result) as never;
      });
    }
  }
  return server;
}

/** Structured content of older revisions is an object; other values are its member `result`. */
function olderResult(result: JsonObject): JsonObject {
  const { structuredContent: content } = result;
  return content === undefined || isJsonObject(content)
    ? result
    : { ...result, structuredContent: { result: content } };
}

async function answer(
  { surface }: OpenedService,
  method: Method,
  received: object,
  { signal, notify }: Exchange,
): Promise<JsonObject> {
  const { _meta: meta, ...params } = received as JsonObject;
  const progressToken = isJsonObject(meta) ? meta['progressToken'] : undefined;
  const wantsProgress = progressToken !== undefined;
  const request = requestOf(method, params, wantsProgress);
  const tell: ExchangeIo['notify'] = ({ params: told }) =>
    wantsProgress ? notify({ ...told, progressToken }) : undefined;
  try {
    return resultOf(await inTime({ signal, notify: tell }, (io) => surface.answer(request, io)));
  } catch (error) {
    const { code, message, data } = toRpcErrorObject(error) as unknown as RpcErrorObject;
    throw new ProtocolError(code, message, data);
  }
}
