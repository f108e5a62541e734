import type { IncomingHttpHeaders } from 'node:http';
import { certificateCredential } from './edge/client-certificate.ts';

const USUAL = 'Bearer ';

/**
 * The key a request presents in `Authorization: Bearer` or `X-Api-Key`, without either the client
 * certificate of its connection; undefined when there is none, or when the two headers disagree. A
 * key in the URL is never read: URLs end up in logs.
 */
export function credentialHeader(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers;
  const apiKey = headers['x-api-key'];
  if (authorization === undefined && apiKey === undefined) return certificateCredential(headers);
  if (authorization === undefined) return typeof apiKey === 'string' ? apiKey.trim() : undefined;
  // A proxy's own login in front of the gateway is not for it: the key is beside it.
  if (typeof apiKey === 'string' && /^Basic /i.test(authorization)) return apiKey.trim();
  const bearer = bearerOf(authorization);
  if (apiKey === undefined || apiKey === bearer) return bearer;
  return undefined;
}

/** What follows the scheme (RFC 6750, section 2.1); undefined when it is no single word. */
function bearerOf(authorization: string): string | undefined {
  // The usual spelling is taken apart by hand: copying a long token out of a match costs more.
  if (authorization.startsWith(USUAL)) {
    const rest = authorization.slice(USUAL.length);
    if (rest !== '' && !/[\s,]/.test(rest)) return rest;
  }
  return /^Bearer +([^\s,]+) *$/i.exec(authorization)?.[1];
}
