import type { IncomingHttpHeaders } from 'node:http';

/**
 * The key a request presents in `Authorization: Bearer` or `X-Api-Key`; undefined when there is
 * none, or when the two disagree. A key in the URL is never read: URLs end up in logs.
 */
export function credentialHeader(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers;
  const apiKey = headers['x-api-key'];
  if (authorization === undefined) return typeof apiKey === 'string' ? apiKey.trim() : undefined;
  const bearer = /^Bearer +([^\s,]+) *$/i.exec(authorization)?.[1];
  if (apiKey === undefined || apiKey === bearer) return bearer;
  return undefined;
}
