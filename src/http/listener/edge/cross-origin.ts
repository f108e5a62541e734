import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** What pages of other origins may do. */
export interface CrossOrigin {
  /** Headers that every answer to this request has. */
  headersFor(origin: string | undefined): OutgoingHttpHeaders;
  /** The headers that answer a browser's question before it sends, or undefined for no question. */
  preflight(request: IncomingMessage): OutgoingHttpHeaders | undefined;
}

const METHODS = 'GET, POST, PATCH, PUT, DELETE';
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Accept',
  'X-Api-Key',
  'If-Match',
  'Idempotency-Key',
  'Last-Event-ID',
  'Mcp-Session-Id',
  'MCP-Protocol-Version',
  'Mcp-Method',
  'Mcp-Name',
  'X-Session-Id',
].join(', ');
/** What a page may read of an answer besides the few headers that browsers always show. */
const EXPOSED = [
  'Mcp-Session-Id',
  'MCP-Protocol-Version',
  'WWW-Authenticate',
  'Retry-After',
  'Location',
  'ETag',
  'Allow',
].join(', ');
/** A mirrored argument (`Mcp-Param-*`), which has a name of the tool's own. */
const PARAMETER = /^mcp-param-[a-z0-9-]{1,64}$/;
const PREFLIGHT_SECONDS = '600';

/**
 * Lets pages of the listed origins read answers (Fetch standard, "CORS protocol"). The origin is
 * named, never `*`, and credentials that a browser adds by itself are never allowed: a page sends
 * its key itself.
 */
export function createCrossOrigin(allowedOrigins: readonly string[]): CrossOrigin {
  const allowed = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
  const headersFor = (origin: string | undefined): OutgoingHttpHeaders => {
    if (origin === undefined || !allowed.has(origin.toLowerCase())) return { vary: 'Origin' };
    return {
      vary: 'Origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED,
    };
  };
  return {
    headersFor,
    preflight: ({ method, headers }) => {
      const { origin } = headers;
      const asks = headers['access-control-request-method'] !== undefined;
      if (method !== 'OPTIONS' || !asks || origin === undefined) return undefined;
      if (!allowed.has(origin.toLowerCase())) return undefined;
      return {
        ...headersFor(origin),
        vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
        'access-control-allow-methods': METHODS,
        'access-control-allow-headers': requestHeaders(headers['access-control-request-headers']),
        'access-control-max-age': PREFLIGHT_SECONDS,
      };
    },
  };
}

function requestHeaders(asked = ''): string {
  const names = asked.split(',').map((name) => name.trim().toLowerCase());
  return [REQUEST_HEADERS, ...names.filter((name) => PARAMETER.test(name))].join(', ');
}
