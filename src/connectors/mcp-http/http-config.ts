import { z } from 'zod';

/** Where an HTTP server is and what is sent along. */
export interface HttpConfig {
  /** The MCP endpoint. */
  readonly url: string;
  /** Sent with every request; `${NAME}` in a value is the service's secret of that name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Which protocol era is spoken; `auto` asks the server. */
  readonly era: 'auto' | 'modern' | 'legacy';
}

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
const ownPrefixes = /^(?:proxy-|mcp-)/;

function isFree(name: string): boolean {
  const lower = name.toLowerCase();
  return !ownHeaders.has(lower) && !ownPrefixes.test(lower);
}

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a header name')
  .refine(isFree, 'is set by the gateway itself');
const headerValue = z.string().regex(/^[\t\u0020-\u007e\u0080-\u00ff]*$/, 'must fit on one line');

/** The configuration of an HTTP service; unknown keys are errors. */
export const httpConfig: z.ZodType<HttpConfig> = z.strictObject({
  url: z.string().refine(isEndpoint, 'must be an http: or https: URL without user name or #'),
  headers: z.record(headerName, headerValue).default({}),
  era: z.enum(['auto', 'modern', 'legacy']).default('auto'),
});

function isEndpoint(text: string): boolean {
  const url = URL.parse(text);
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isWeb && url.username === '' && url.password === '' && !text.includes('#');
}
