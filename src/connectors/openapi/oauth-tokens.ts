import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject } from '../../kernel/json.ts';
import type { Egress } from '../../upstream/egress.ts';
import { fillSecrets } from '../../upstream/fill-secrets.ts';
import type { ClientCredential } from './credential.ts';

/** Fetches and keeps access tokens. */
export interface TokenSource {
  get(credential: ClientCredential, tokenUrl: string, scopes: readonly string[]): Promise<string>;
  /** Drops every token, after an API refused one. */
  forget(): void;
}

interface Held {
  readonly token: Promise<string>;
  expiresMs: number;
}

const EARLY_MS = 30_000;
const LIFE_DEFAULT_SECONDS = 300;
const LIFE_SECONDS_MAX = 86_400;
const ANSWER_BYTES_MAX = 64 * 1024;

/** Makes a token source for the client-credentials grant (RFC 6749 §4.4). */
export function createTokenSource(
  egress: Egress,
  secret: (name: string) => Promise<string>,
  now: () => number = Date.now,
): TokenSource {
  const held = new Map<string, Held>();
  const read = (value: string): Promise<string> => fillSecrets(value, secret);

  const request = async (
    credential: ClientCredential,
    tokenUrl: string,
    scopes: readonly string[],
    entry: Held,
  ): Promise<string> => {
    const form = new URLSearchParams({ grant_type: 'client_credentials' });
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    if (credential.audience !== undefined) form.set('audience', credential.audience);
    const [id, password] = [await read(credential.clientId), await read(credential.clientSecret)];
    const pair = `${encodeURIComponent(id)}:${encodeURIComponent(password)}`;
    const response = await egress.request({
      url: tokenUrl,
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
      },
      body: form.toString(),
    });
    const body = (await response.bytes(ANSWER_BYTES_MAX)).toString('utf8');
    const answer = response.status === 200 ? parse(body) : undefined;
    const token = answer?.['access_token'];
    if (typeof token !== 'string' || /[\r\n\0]/.test(token)) throw refused(response.status);
    const life = Number(answer?.['expires_in'] ?? LIFE_DEFAULT_SECONDS);
    const seconds = Number.isFinite(life) ? Math.min(Math.max(life, 0), LIFE_SECONDS_MAX) : 0;
    entry.expiresMs = now() + seconds * 1000 - EARLY_MS;
    return token;
  };

  return {
    async get(credential, tokenUrl, scopes) {
      const key = JSON.stringify([credential, tokenUrl, scopes]);
      const known = held.get(key);
      if (known !== undefined && known.expiresMs > now()) return known.token;
      const start = Promise.withResolvers<string>();
      const entry: Held = { token: start.promise, expiresMs: Number.POSITIVE_INFINITY };
      held.set(key, entry);
      request(credential, tokenUrl, scopes, entry).then(start.resolve, (error: unknown) => {
        held.delete(key);
        start.reject(error instanceof Error ? error : new Error(String(error)));
      });
      return entry.token;
    },
    forget: () => held.clear(),
  };
}

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const refused = (status: number): GatewayError =>
  new GatewayError('upstream_failed', `The token endpoint gave no token (HTTP ${status}).`);
