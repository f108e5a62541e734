import { objectMember, stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { testKeys } from './start-doors.ts';

/** What an MCP endpoint answered. */
export interface McpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body's JSON; for an event stream its last message. */
  readonly body: JsonObject | undefined;
  /** All messages of an event stream. */
  readonly messages: readonly JsonObject[];
}

/** Headers of a modern request with its key. */
export function modernHeaders(method: string, name?: string): Record<string, string> {
  return {
    authorization: `Bearer ${testKeys.a}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(name === undefined ? {} : { 'mcp-name': name }),
  };
}

/** The envelope of a modern request. */
export function envelope(capabilities: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
    ...more,
  };
}

/** Posts a body and reads the whole answer. */
export async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<McpAnswer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, { method: 'POST', headers, body: text });
  return await readAnswer(response);
}

/** Calls a method the modern way. */
export async function callModern(
  url: string,
  method: string,
  params: JsonObject = {},
  capabilities: JsonObject = {},
): Promise<McpAnswer> {
  const named = params['name'] ?? params['uri'];
  const name = typeof named === 'string' ? named : undefined;
  const { _meta: own, ...rest } = params;
  const meta = envelope(capabilities, (own ?? {}) as JsonObject);
  const body = { jsonrpc: '2.0', id: 1, method, params: { ...rest, _meta: meta } };
  return await post(url, body, modernHeaders(method, name));
}

/** Reads a response, JSON or event stream, to its end. */
export async function readAnswer(response: Response): Promise<McpAnswer> {
  const { status, headers } = response;
  const text = await response.text();
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  const messages = isStream
    ? [...text.matchAll(/^data: (.+)$/gm)].map(
        ([, data]) => JSON.parse(data as string) as JsonObject,
      )
    : [];
  const body = isStream
    ? messages.at(-1)
    : text === ''
      ? undefined
      : (JSON.parse(text) as JsonObject);
  return { status, headers, body, messages };
}

/** The code of an error answer, or undefined. */
export function errorCode({ body }: McpAnswer): number | undefined {
  const code = objectMember(body, 'error')?.['code'];
  return typeof code === 'number' ? code : undefined;
}

/** The text of a result's first content block. */
export function resultText({ body }: McpAnswer): string {
  const content = objectMember(body, 'result')?.['content'];
  const first = Array.isArray(content) ? (content[0] as JsonObject | undefined) : undefined;
  return stringMember(first, 'text') ?? '';
}
