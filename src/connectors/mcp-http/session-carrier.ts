import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { headerName } from '../../upstream/configured-headers.ts';

/** How a legacy server wants to be told which session a request belongs to. */
export interface SessionCarrier {
  readonly carrier: 'header' | 'query' | 'path';
  /** The header, the query parameter, or the placeholder `{name}` in the URL's path. */
  readonly name: string;
}

/** Where a request goes and with which headers. */
export interface Address {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The header in which servers give out session ids, and take them unless they say otherwise. */
const SESSION_HEADER = 'mcp-session-id';
/** Visible ASCII (2025-11-25 basic/transports, "Session Management"). */
const SESSION_ID_FORM = /^[\u0021-\u007e]{1,1024}$/;
const PARAMETER = 'sessionId';

const parameterName = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be a parameter name');

/** The configuration's schema; the protocol's own header is the default. */
export const sessionCarrier: z.ZodType<SessionCarrier> = z
  .discriminatedUnion('carrier', [
    z.strictObject({
      carrier: z.literal('header'),
      name: z.union([headerName, z.string().regex(/^mcp-session-id$/i)]).default(SESSION_HEADER),
    }),
    z.strictObject({ carrier: z.literal('query'), name: parameterName.default(PARAMETER) }),
    z.strictObject({ carrier: z.literal('path'), name: parameterName.default(PARAMETER) }),
  ])
  .default({ carrier: 'header', name: SESSION_HEADER });

/**
 * The session id a response gives, if it gives one. Throws GatewayError `upstream_failed` when the
 * id cannot be carried.
 */
export function sessionIdOf(
  headers: Readonly<Record<string, string>>,
  { carrier, name }: SessionCarrier,
): string | undefined {
  const own = carrier === 'header' ? headers[name.toLowerCase()] : undefined;
  const id = own ?? headers[SESSION_HEADER];
  if (id === undefined) return undefined;
  const isStep = carrier === 'path' && (id === '.' || id === '..');
  if (isStep || !SESSION_ID_FORM.test(id)) {
    throw new GatewayError('upstream_failed', 'The service gave an invalid session id.');
  }
  return id;
}

/** The address of a request that belongs to the session. */
export function withSession(
  { url, headers }: Address,
  id: string,
  { carrier, name }: SessionCarrier,
): Address {
  if (carrier === 'header') return { url, headers: { ...headers, [name.toLowerCase()]: id } };
  if (carrier === 'path') return { url: inPath(url, name, encodeURIComponent(id)), headers };
  const separator = url.includes('?') ? '&' : '?';
  return { url: `${url}${separator}${name}=${encodeURIComponent(id)}`, headers };
}

/** The URL of a request that belongs to no session yet: without the placeholder's segment. */
export function withoutSession(url: string, { carrier, name }: SessionCarrier): string {
  if (carrier !== 'path') return url;
  return url.replace(`/${placeholder(name)}`, '');
}

/** Fills the placeholder; a path without one gets the id as its last segment. */
function inPath(url: string, name: string, id: string): string {
  // A function, because the id may hold what means something in a replacement text.
  if (url.includes(placeholder(name))) return url.replace(placeholder(name), () => id);
  const [path = '', ...query] = url.split('?');
  return [`${path.replace(/\/$/, '')}/${id}`, ...query].join('?');
}

/** As a normalised URL has it. */
function placeholder(name: string): string {
  return `%7B${name}%7D`;
}
