import type { Client } from '../../listener/edge/client-of.ts';

/** A cookie's name, and whether the browser keeps it to encrypted connections. */
export interface CookieForm {
  readonly name: string;
  readonly isSecure: boolean;
}

const SECURE: CookieForm = { name: '__Host-mgw_session', isSecure: true };
/** Browsers refuse the secure form where there is no encryption. */
const PLAIN: CookieForm = { name: 'mgw_session', isSecure: false };
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

/**
 * The form a browser's session cookie has: secure where the browser speaks https (to us, or to
 * what stands before us at `baseUrl`), plain on this very machine; undefined where neither is so
 * and a cookie could be read on its way.
 */
export function cookieForm(
  host: string,
  { isEncrypted }: Pick<Client, 'isEncrypted'>,
  baseUrl: string,
): CookieForm | undefined {
  const outside = new URL(baseUrl);
  const isOutside = outside.host === host.toLowerCase() && outside.protocol === 'https:';
  if (isEncrypted || isOutside) return SECURE;
  return LOOPBACK.test(host.toLowerCase()) ? PLAIN : undefined;
}

/** The value of the session's cookie; undefined when there is none, or more than one. */
export function readCookie(header: string | null, { name }: CookieForm): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

/** `Set-Cookie` for a session that lasts so long; 0 seconds take it away. */
export function writeCookie(
  { name, isSecure }: CookieForm,
  value: string,
  lifeSeconds: number,
): string {
  const always = `${name}=${value}; Path=/; Max-Age=${lifeSeconds}; HttpOnly; SameSite=Lax`;
  return isSecure ? `${always}; Secure` : always;
}
