import { limits } from '../../kernel/limits.ts';

/** Where a person goes on to who asked for nothing else. */
const HOME = '/console/';

/**
 * The address at the gateway that a path of `next` means; the console where it is absent, foreign
 * or anything but a plain path: a browser reads `//host`, `/\host` and lost control characters as
 * another server's address (OWASP "Unvalidated Redirects").
 */
export function ownAddress(next: string | undefined, baseUrl: string): string {
  const path = next !== undefined && isOwnPath(next) ? next : HOME;
  const url = URL.parse(`${baseUrl}${path}`);
  const isOwn = url !== null && url.href.startsWith(`${new URL(baseUrl).href.replace(/\/$/, '')}/`);
  return isOwn ? url.href : `${baseUrl}${HOME}`;
}

function isOwnPath(path: string): boolean {
  return path.length <= limits.ssoNextLengthMax && /^\/(?![/\\])[!-[\]-~]*$/.test(path);
}
