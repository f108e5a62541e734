import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Seal } from '../../kernel/seal.ts';
import type { FindHolder } from '../grants/grant-holders.ts';
import type { Grant, GrantName, GrantStore } from '../grants/store.ts';
import { randomText } from '../keys/random-text.ts';
import type { TokenHash } from '../token-hash.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { RefreshTokenStore } from './store.ts';

/** What a program gets for a login. */
export interface LoginTokens {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly userId: string;
  readonly tenant: TenantId;
}

/** Tokens of logins: a short one to call with, and one to get the next pair by. */
export interface LoginTokenService {
  /** Grants a person a login. */
  issue(tenant: TenantId, userId: string): Promise<LoginTokens>;
  /** The next pair. Throws GatewayError `unauthenticated`, whatever is wrong. */
  refresh(refreshToken: string): Promise<LoginTokens>;
  /** Ends the login a refresh token belongs to; one that is not known ends nothing. */
  end(refreshToken: string): Promise<void>;
}

/** What login tokens need. */
export interface LoginTokenOptions {
  readonly grants: GrantStore;
  readonly tokens: RefreshTokenStore;
  readonly access: AccessTokens;
  readonly findHolder: FindHolder;
  /** Seals successors for who repeats a refresh. */
  readonly seal: Seal;
  readonly hash: TokenHash;
  /** Told of every grant that is revoked. */
  readonly revoked: (grant: GrantName) => void;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
}

/** What a refresh token looks like: 43 random letters and digits are 256 bits. */
const REFRESH_SHAPE = /^mgr_[0-9A-Za-z]{43}$/;
const REFRESH_CHARACTERS = 43;

/** Makes the service. */
export function createLoginTokens(options: LoginTokenOptions): LoginTokenService {
  const { grants, tokens, access, findHolder, seal, hash, revoked, ids, now } = options;

  const pair = async (grant: Grant, refreshToken: string): Promise<LoginTokens> => {
    const { tenant, userId, id, expiresAtMs } = grant;
    const request = { tenant, userId, grantId: id, grantEndMs: expiresAtMs };
    const { token, expiresAtMs: endMs } = await access.sign(request);
    const expiresInSeconds = Math.max(0, Math.floor((endMs - now()) / 1000));
    return { accessToken: token, expiresInSeconds, refreshToken, userId, tenant };
  };
  const revoke = async ({ tenant, id }: GrantName): Promise<void> => {
    if (await grants.revoke(tenant, id, now())) revoked({ tenant, id });
  };

  const rotate = async (stored: string): Promise<LoginTokens | undefined> => {
    const next = makeRefreshToken();
    const sealed = seal.seal(next, stored);
    const expiresAtMs = now() + limits.refreshTokenMs;
    const rotation = await tokens.rotate(
      stored,
      { hash: hash.of(next), sealed, expiresAtMs },
      now(),
    );
    if (rotation.kind === 'refused') return undefined;
    if (rotation.kind === 'reused') {
      revoked(rotation.grant);
      return undefined;
    }
    if (rotation.kind === 'rotated') return pair(rotation.grant, next);
    const successor = seal.open(rotation.successorSealed, stored);
    return successor === undefined ? undefined : pair(rotation.grant, successor);
  };

  return {
    issue: async (tenant, userId) => {
      const grant = newLogin(ids.next('grt'), tenant, userId, now());
      const refreshToken = makeRefreshToken();
      await grants.insert(tenant, grant);
      await tokens.insert(tenant, {
        hash: hash.of(refreshToken),
        tenant,
        grantId: grant.id,
        createdAtMs: now(),
        expiresAtMs: now() + limits.refreshTokenMs,
      });
      return pair(grant, refreshToken);
    },
    refresh: async (refreshToken) => {
      const found = await findStored(options, refreshToken);
      if (found === undefined) throw new GatewayError('unauthenticated');
      // Whoever may not act any more is refused before the token is used up.
      const holder = await findHolder(found.tenant, found.grantId, found.grantId);
      const isLogin = holder?.grant.kind === 'login';
      const next = isLogin ? await rotate(found.stored) : undefined;
      if (next === undefined) throw new GatewayError('unauthenticated');
      return next;
    },
    end: async (refreshToken) => {
      const found = await findStored(options, refreshToken);
      if (found !== undefined) await revoke({ tenant: found.tenant, id: found.grantId });
    },
  };
}

async function findStored({ tokens, hash }: LoginTokenOptions, refreshToken: string) {
  if (!REFRESH_SHAPE.test(refreshToken)) return undefined;
  for (const stored of hash.all(refreshToken)) {
    const found = await tokens.find(stored);
    if (found !== undefined) return { ...found, stored };
  }
  return undefined;
}

function makeRefreshToken(): string {
  return `mgr_${randomText(REFRESH_CHARACTERS)}`;
}

function newLogin(id: string, tenant: TenantId, userId: string, nowMs: number): Grant {
  return {
    id,
    tenant,
    userId,
    kind: 'login',
    clientId: null,
    scopes: null,
    access: [],
    resource: null,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + limits.loginGrantMs,
    revokedAtMs: null,
  };
}
