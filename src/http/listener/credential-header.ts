import type { IncomingHttpHeaders } from 'node:http';
import { certificateCredential } from './edge/client-certificate.ts';

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
  const bearer = /^Bearer +([^\s,]+) *$/i.exec(authorization)?.[1];
  if (apiKey === undefined || apiKey === bearer) return bearer;
  return undefined;
}
