import { z } from 'zod';
import { fillSecrets } from './fill-secrets.ts';

/** Headers that belong to the connection or to the protocol. */
const ownHeaders: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'accept',
  'content-length',
  'content-type',
  'last-event-id',
]);
const ownPrefixes = /^(?:proxy-|mcp-|sec-websocket-)/;

function isFree(name: string): boolean {
  const lower = name.toLowerCase();
  return !ownHeaders.has(lower) && !ownPrefixes.test(lower);
}

/** A header's name that a service may choose. */
export const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a header name')
  .refine(isFree, 'is set by the gateway itself');

const headerValue = z.string().regex(/^[\t\u0020-\u007e\u0080-\u00ff]*$/, 'must fit on one line');

/** Headers of an MCP service by name; `${NAME}` in a value is the service's secret of that name. */
export const configuredHeaders = z.record(headerName, headerValue).default({});

/** The headers as they are sent. Throws GatewayError when a secret is missing. */
export async function fillHeaders(
  configured: Readonly<Record<string, string>>,
  secret: (name: string) => Promise<string>,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(configured)) {
    headers[name.toLowerCase()] = await fillSecrets(value, secret);
  }
  return headers;
}
