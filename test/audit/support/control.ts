import assert from 'node:assert/strict';
import { isJsonObject, type JsonObject } from '../../../src/kernel/json.ts';
import { envelope, modernHeaders, post, type McpAnswer } from '../../support/mcp-post.ts';

/** Where a gateway listens, and a key that it takes. */
export interface Address {
  readonly url: string;
  readonly apiKey: string;
}

/** Sends one request to the API; the answer's status and its object. */
export async function control(
  { url, apiKey }: Address,
  method: string,
  path: string,
  body?: JsonObject,
): Promise<{ readonly status: number; readonly json: JsonObject }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const value: unknown = text.startsWith('{') ? JSON.parse(text) : {};
  assert.ok(isJsonObject(value));
  return { status: response.status, json: value };
}

/** Calls a tool by its public name. */
export function callTool({ url, apiKey }: Address, name: string): Promise<McpAnswer> {
  const params = { name, arguments: {}, _meta: envelope({}) };
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
  const headers = { ...modernHeaders('tools/call', name), authorization: `Bearer ${apiKey}` };
  return post(`${url}/mcp`, body, headers);
}
