import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import { tenantId, type TenantId } from '../../kernel/principal.ts';
import { SIGNING_ALGORITHM, type SigningKeys } from './signing-keys.ts';

/** What an access token says. */
export interface AccessClaims {
  /** `sub` */
  readonly userId: string;
  /** `tid` */
  readonly tenant: TenantId;
  /** `gid`: the grant, which is read whenever the token is checked. */
  readonly grantId: string;
  /** `jti` */
  readonly id: string;
  /** `aud`: the gateway's base URL, or the one endpoint it is good at (RFC 8707). */
  readonly audience: string;
  /** `exp`, epoch milliseconds. */
  readonly expiresAtMs: number;
}

/** What a new access token is to say. */
export interface AccessRequest extends Pick<AccessClaims, 'userId' | 'tenant' | 'grantId'> {
  /** The one endpoint it is for; the whole gateway when absent. */
  readonly audience?: string;
  /** `scope`, for clients to read; what counts is the grant. */
  readonly scope?: string;
  /** When the grant ends: no token outlives it. */
  readonly grantEndMs: number;
}

/** Signs and checks access tokens: JWTs as RFC 9068 describes them. */
export interface AccessTokens {
  /** The gateway's base URL: `iss`, and `aud` of a token for all of it. */
  issuer(): string;
  sign(request: AccessRequest): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
  /** Throws GatewayError `unauthenticated`, whatever is wrong. */
  verify(token: string): Promise<AccessClaims>;
}

/** What access tokens need. */
export interface AccessTokenOptions {
  readonly keys: SigningKeys;
  /** The base URL, without a slash at the end. */
  readonly issuer: () => string;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
}

const TYPE = 'at+jwt';
const REQUIRED = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'tid', 'gid'];

/** Makes the signer. */
export function createAccessTokens({ keys, issuer, ids, now }: AccessTokenOptions): AccessTokens {
  return {
    issuer,
    sign: async ({ userId, tenant, grantId, audience, scope, grantEndMs }) => {
      const [{ SignJWT }, signer] = await Promise.all([import('jose'), keys.signer()]);
      const issuedAtMs = now();
      const expiresAtMs = Math.min(issuedAtMs + limits.accessTokenMs, grantEndMs);
      const claims = { tid: tenant, gid: grantId, ...(scope === undefined ? {} : { scope }) };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid: signer.id, typ: TYPE })
        .setIssuer(issuer())
        .setSubject(userId)
        .setAudience(audience ?? issuer())
        .setJti(ids.next('tok'))
        .setIssuedAt(Math.floor(issuedAtMs / 1000))
        .setExpirationTime(Math.floor(expiresAtMs / 1000))
        .sign(signer.key);
      return { token, expiresAtMs };
    },
    verify: async (token) => {
      if (token.length > limits.accessTokenCharactersMax) throw new GatewayError('unauthenticated');
      const { jwtVerify } = await import('jose');
      // Keys that the header carries or points at (jwk, jku, x5c, x5u) are never looked at.
      const keyOf = async ({ kid }: { readonly kid?: string }) => {
        const key = kid === undefined ? undefined : await keys.verifier(kid);
        if (key === undefined) throw new GatewayError('unauthenticated');
        return key;
      };
      const checks = {
        algorithms: [SIGNING_ALGORITHM],
        typ: TYPE,
        issuer: issuer(),
        clockTolerance: limits.accessTokenSkewMs / 1000,
        // Refuses an `iat` that is yet to come, too.
        maxTokenAge: limits.accessTokenMs / 1000,
        requiredClaims: REQUIRED,
        currentDate: new Date(now()),
      };
      try {
        return claimsOf((await jwtVerify(token, keyOf, checks)).payload);
      } catch (cause) {
        const isAway = cause instanceof GatewayError && cause.code !== 'unauthenticated';
        throw isAway ? cause : new GatewayError('unauthenticated', undefined, { cause });
      }
    },
  };
}

function claimsOf(payload: Readonly<Record<string, unknown>>): AccessClaims {
  const { sub, tid, gid, jti, aud, exp } = payload;
  const texts = [sub, tid, gid, jti, aud];
  // A token for several audiences is for nobody in particular.
  if (!texts.every((text) => typeof text === 'string' && text !== '')) {
    throw new GatewayError('unauthenticated');
  }
  return {
    userId: sub as string,
    tenant: tenantId(tid as string),
    grantId: gid as string,
    id: jti as string,
    audience: aud as string,
    expiresAtMs: Number(exp) * 1000,
  };
}
