import { GatewayError } from '../../../kernel/errors.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * An address that an authorization server or a resource named, checked before anything is sent
 * there or a browser is: https:, or http: on this machine (OAuth 2.1 §1.5). Throws GatewayError.
 */
export function oauthUrl(text: unknown, what: string): URL {
  const url = typeof text === 'string' ? URL.parse(text) : null;
  const isHttps = url?.protocol === 'https:';
  const isLocal = url?.protocol === 'http:' && LOOPBACK.test(url.hostname);
  if (url !== null && (isHttps || isLocal) && url.username === '' && url.password === '')
    return url;
  throw new GatewayError(
    'upstream_failed',
    `The ${what} of the authorization server is not an https: URL, so it is not used.`,
  );
}
