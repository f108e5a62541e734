import type { JSONWebKeySet, JWTPayload } from 'jose';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { OneTimeTokenStore } from '../authentication/store.ts';
import type { GrantName, GrantStore } from '../grants/store.ts';
import type { IdentityLink } from '../oauth/store.ts';
import type { TokenHash } from '../token-hash.ts';
import { sessionName } from './create-sso.ts';
import type { SsoConnection, SsoConnectionStore, SsoLoginStore } from './store.ts';

/** What ending logins at the word of a provider needs. */
export interface SsoLogoutOptions {
  readonly connections: Pick<SsoConnectionStore, 'ofIssuer'>;
  readonly logins: Pick<SsoLoginStore, 'find'>;
  readonly tokens: Pick<OneTimeTokenStore, 'find' | 'insert'>;
  readonly grants: Pick<GrantStore, 'revokeOfUser'>;
  readonly hash: TokenHash;
  /** The keys of an issuer; read again when it lacks this one. */
  keysOf(issuer: string, keyId: string | undefined): Promise<JSONWebKeySet>;
  findLink(issuer: string, subject: string): Promise<IdentityLink | undefined>;
  /** Told of every grant that is revoked. */
  readonly revoked: (grant: GrantName) => void;
  readonly now: () => number;
}

const ALGORITHMS = ['EdDSA', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256'];
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const TYPES = new Set([undefined, 'JWT', 'logout+jwt', 'application/logout+jwt']);
const SECOND_MS = 1_000;

/**
 * Takes a provider's order to end a person's logins (OpenID Connect Back-Channel Logout 1.0,
 * §2.6). Throws `invalid_params` for a token that is no such order, or was used before.
 */
export function createSsoLogout(options: SsoLogoutOptions): (token: string) => Promise<void> {
  const { tokens, grants, hash, revoked, now } = options;
  return async (token) => {
    const { connections, claims } = await verified(options, token);
    const { iss, jti } = claims;
    const name = JSON.stringify([iss, jti]);
    for (const one of hash.all(name)) {
      if ((await tokens.find(one, 'sso_logout', now())) !== undefined) throw refused();
    }
    const userId = await userOf(options, connections, claims);
    if (userId !== undefined) {
      const which = { userId, kinds: ['console', 'login'] } as const;
      for (const grant of await grants.revokeOfUser(which, now())) revoked(grant);
    }
    // Last, so that an order is repeated that could not be carried out.
    const createdAtMs = now();
    const expiresAtMs = createdAtMs + 2 * limits.ssoLogoutTokenMs;
    const nobody = { userId: null, tenant: null, data: {} };
    const row = { hash: hash.of(name), id: 'ott_logout', kind: 'sso_logout', ...nobody } as const;
    await tokens.insert({ ...row, createdAtMs, expiresAtMs });
  };
}

async function verified(
  { connections, keysOf, now }: SsoLogoutOptions,
  token: string,
): Promise<{ readonly connections: readonly SsoConnection[]; readonly claims: JWTPayload }> {
  const { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify } =
    await import('jose');
  try {
    // Unchecked so far: it only says whose keys must fit.
    const { iss = '' } = decodeJwt(token);
    const { kid, typ } = decodeProtectedHeader(token);
    const known = (await connections.ofIssuer(iss)).filter(({ enabled }) => enabled);
    if (known.length === 0 || !TYPES.has(typ)) throw refused();
    const { payload } = await jwtVerify(token, createLocalJWKSet(await keysOf(iss, kid)), {
      issuer: iss,
      audience: known.map(({ clientId }) => clientId),
      algorithms: ALGORITHMS,
      requiredClaims: ['iss', 'aud', 'iat', 'jti', 'events'],
      maxTokenAge: limits.ssoLogoutTokenMs / SECOND_MS,
      clockTolerance: limits.externalTokenSkewMs / SECOND_MS,
      currentDate: new Date(now()),
    });
    const { aud, events, nonce } = payload as JWTPayload & Readonly<Record<string, unknown>>;
    // A nonce is what an ID token has; it must not pass for an order.
    if (nonce !== undefined || !isJsonObject(events) || !isJsonObject(events[EVENT])) {
      throw refused();
    }
    const named = typeof aud === 'string' ? [aud] : (aud ?? []);
    return {
      connections: known.filter(({ clientId }) => named.includes(clientId)),
      claims: payload,
    };
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw refused();
    throw error;
  }
}

/** The user that an order is about; undefined for who never signed in here. */
async function userOf(
  { findLink, logins, hash, now }: SsoLogoutOptions,
  connections: readonly SsoConnection[],
  { iss = '', sub, sid }: JWTPayload & Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  if (typeof sub === 'string') {
    const link = await findLink(iss, sub);
    return connections.some(({ tenant }) => tenant === link?.tenant) ? link?.userId : undefined;
  }
  if (typeof sid !== 'string') throw refused();
  for (const { id } of connections) {
    for (const one of hash.all(sessionName(id, sid))) {
      const login = await logins.find(one, now());
      if (login !== undefined) return login.userId;
    }
  }
  return undefined;
}

function refused(): GatewayError {
  return new GatewayError('invalid_params', 'logout_token is not an order to end a login.');
}
