import type { ClientAuth } from 'oauth4webapi';
import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import type { Egress } from '../../../kernel/egress.ts';
import { fillSecrets } from '../../../upstream/fill-secrets.ts';
import type { ClientCredential } from './credential.ts';
import { egressFetch } from './egress-fetch.ts';

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
  const fetch = egressFetch(egress, ANSWER_BYTES_MAX);

  const request = async (
    credential: ClientCredential,
    tokenUrl: string,
    scopes: readonly string[],
    entry: Held,
  ): Promise<string> => {
    const library = await import('oauth4webapi');
    const server = { issuer: tokenUrl, token_endpoint: tokenUrl };
    const client = { client_id: await read(credential.clientId) };
    const response = await library.clientCredentialsGrantRequest(
      server,
      client,
      clientSecretBasic(await read(credential.clientSecret)),
      parametersOf(credential, scopes),
      // oxlint-disable-next-line typescript/no-deprecated -- whether HTTP is safe, the egress says
      { [library.customFetch]: fetch, [library.allowInsecureRequests]: true },
    );
    const tolerated = await withDefaults(response);
    const { access_token: token, expires_in: seconds = LIFE_DEFAULT_SECONDS } = await library
      .processClientCredentialsResponse(server, client, tolerated)
      .catch((cause: unknown) => {
        throw refused(response.status, cause);
      });
    if (/[\r\n\0]/.test(token)) throw refused(response.status);
    entry.expiresMs = now() + Math.min(seconds, LIFE_SECONDS_MAX) * 1000 - EARLY_MS;
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

/**
 * Client password in the header (RFC 6749 §2.3.1). `-`, `_` and the like are not encoded, for the
 * sake of servers that do not decode.
 */
const clientSecretBasic =
  (password: string): ClientAuth =>
  (_server, { client_id: id }, _body, headers) => {
    const pair = `${encodeURIComponent(id)}:${encodeURIComponent(password)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  };

const parametersOf = (
  { audience }: ClientCredential,
  scopes: readonly string[],
): Record<string, string> => ({
  grant_type: 'client_credentials',
  ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
  ...(audience === undefined ? {} : { audience }),
});

/**
 * The answer without what real servers get wrong: no token type or one of their own, a lifetime
 * that is no number, and an ID token that nobody asked for.
 */
async function withDefaults(response: Response): Promise<Response> {
  if (response.status !== 200) return response;
  const { id_token: _, ...answer } = parse(await response.text()) ?? {};
  const life = Number(answer['expires_in'] ?? LIFE_DEFAULT_SECONDS);
  const seconds = Number.isFinite(life) ? Math.max(life, 0) : 0;
  return Response.json({ ...answer, token_type: 'bearer', expires_in: seconds });
}

function parse(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const refused = (status: number, cause?: unknown): GatewayError =>
  new GatewayError('upstream_failed', `The token endpoint gave no token (HTTP ${status}).`, {
    cause,
  });
