import { isJsonObject, objectMember, type JsonObject } from '../../../src/kernel/json.ts';

/** Where calls go, and with which key. */
export interface Access {
  readonly url: string;
  readonly apiKey: string;
}

const VERSION = '2026-07-28';

/** Headers of a modern request. */
export function modernHeaders(apiKey: string, method: string, name?: string): HeadersInit {
  return {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': VERSION,
    'mcp-method': method,
    ...(name === undefined ? {} : { 'mcp-name': name }),
  };
}

/** The text of a modern request. */
export function modernBody(method: string, params: JsonObject): string {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientCapabilities': {},
    progressToken: 1,
  };
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } });
}

/** Calls the data plane; resolves to the result. Rejects with what was answered instead. */
export async function callGateway(
  access: Access,
  path: string,
  method: string,
  params: JsonObject,
  limitMs: number,
): Promise<JsonObject> {
  const { name } = params;
  const response = await fetch(`${access.url}${path}`, {
    method: 'POST',
    headers: modernHeaders(access.apiKey, method, typeof name === 'string' ? name : undefined),
    body: modernBody(method, params),
    signal: AbortSignal.timeout(limitMs),
  });
  const answer: unknown = await response.json();
  const result = isJsonObject(answer) ? objectMember(answer, 'result') : undefined;
  if (result === undefined) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
  return result;
}

/** Calls one tool of a service. */
export function callTool(
  access: Access,
  service: string,
  name: string,
  limitMs: number,
): Promise<JsonObject> {
  return callGateway(access, `/mcp/${service}`, 'tools/call', { name, arguments: {} }, limitMs);
}

/** Calls the control plane. */
export async function callApi(
  { url, apiKey }: Access,
  method: string,
  path: string,
  body?: JsonObject,
): Promise<JsonObject> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as JsonObject);
}

/** Registers a service of a kind. */
export async function register(
  access: Access,
  slug: string,
  kind: string,
  config: JsonObject,
): Promise<void> {
  await callApi(access, 'POST', '/register-service', { slug, kind, config });
}
