import type { JWK } from 'jose';
import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { Permissions } from '../../kernel/permissions.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { Seal, type SealKey } from '../../kernel/seal.ts';
import type { Authentication } from '../create-authentication.ts';
import type { Grant, GrantName, GrantStore } from '../grants/store.ts';
import { randomText } from '../keys/random-text.ts';
import { createTokenHash } from '../token-hash.ts';
import type { RefreshTokenStore, SigningKeyStore } from '../tokens/store.ts';
import type {
  OAuthGrant,
  OAuthGrants,
  OAuthPeople,
  ProviderKeys,
  RefreshFamilies,
} from './embedded/ports.ts';
import type { OAuthGrantStore } from './store.ts';

/** What grants and their tokens are kept in. */
export interface OAuthPartsOptions {
  readonly stores: {
    readonly grants: GrantStore;
    readonly oauthGrants: OAuthGrantStore;
    readonly refreshTokens: RefreshTokenStore;
  };
  readonly sealRing: readonly SealKey[];
  /** Told of every grant that is revoked. */
  readonly revoked: (grant: GrantName) => void;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
}

/** Grants to OAuth clients, kept beside those of logins. */
export function createGrants({ stores, revoked, ids, now }: OAuthPartsOptions): OAuthGrants {
  return {
    create: async (given) => {
      const createdAtMs = now();
      const expiresAtMs = createdAtMs + limits.oauthGrantMs;
      const grant = { ...given, id: ids.next('grt'), createdAtMs, expiresAtMs };
      const row: Grant = { ...grant, kind: 'oauth', revokedAtMs: null };
      await stores.grants.insert(given.tenant, row);
      return grant;
    },
    get: async (tenant, id) => {
      const grant = await stores.grants.get(tenant, id);
      const isGood = grant?.revokedAtMs === null && now() < grant.expiresAtMs;
      return isGood ? toOAuthGrant(grant) : undefined;
    },
    consents: async (query) => {
      const found = await stores.oauthGrants.consents(query, now());
      return found.flatMap((grant) => toOAuthGrant(grant) ?? []);
    },
    revoke: async (tenant, id) => {
      if (await stores.grants.revoke(tenant, id, now())) revoked({ tenant, id });
    },
  };
}

function toOAuthGrant(grant: Grant): OAuthGrant | undefined {
  const { clientId, resource, scopes } = grant;
  if (grant.kind !== 'oauth' || clientId === null || resource === null) return undefined;
  return { ...grant, clientId, resource, scopes: scopes ?? [] };
}

const TOKEN_CHARACTERS = 43;

/** Families of refresh tokens in the one table that logins use too. */
export function createRefreshFamilies(options: OAuthPartsOptions): RefreshFamilies {
  const { stores, sealRing, revoked, now } = options;
  const { refreshTokens } = stores;
  const hash = createTokenHash(sealRing);
  const seal = new Seal(sealRing, 'oauth refresh token');
  const findStored = async (token: string) => {
    for (const stored of hash.all(token)) {
      const found = await refreshTokens.find(stored);
      if (found !== undefined) return { ...found, stored };
    }
    return undefined;
  };
  return {
    begin: (grant, token) =>
      refreshTokens.insert(grant.tenant, {
        hash: hash.of(token),
        tenant: grant.tenant,
        grantId: grant.id,
        createdAtMs: now(),
        expiresAtMs: Math.min(now() + limits.refreshTokenMs, grant.expiresAtMs),
      }),
    find: findStored,
    rotate: async (token) => {
      const found = await findStored(token);
      if (found === undefined) return { kind: 'refused' };
      const next = randomText(TOKEN_CHARACTERS);
      const successor = {
        hash: hash.of(next),
        sealed: seal.seal(next, found.stored),
        expiresAtMs: now() + limits.refreshTokenMs,
      };
      const rotation = await refreshTokens.rotate(found.stored, successor, now());
      if (rotation.kind === 'rotated') return { kind: 'rotated', token: next };
      if (rotation.kind === 'reused') revoked(rotation.grant);
      if (rotation.kind !== 'repeated') return { kind: rotation.kind };
      const given = seal.open(rotation.successorSealed, found.stored);
      return given === undefined ? { kind: 'refused' } : { kind: 'rotated', token: given };
    },
  };
}

/** Who may sign in and consent, as signing in knows people. */
export function createPeopleView({
  authentication: { people, signIn, secondFactors },
  standing,
}: {
  readonly authentication: Pick<Authentication, 'people' | 'signIn' | 'secondFactors'>;
  /** What a person may do in a tenant; undefined for nothing. */
  standing(tenant: TenantId, userId: string): Promise<Permissions | undefined>;
}): OAuthPeople {
  return {
    signIn: async ({ login, password, code, address }) => {
      try {
        const { person } = await signIn({ login, password, address, ...proofOf(code) });
        return { userId: person.id };
      } catch (error) {
        const isMissing = error instanceof GatewayError && error.code === 'second_factor_needed';
        if (isMissing) return 'second_factor';
        throw error;
      }
    },
    get: async (userId) => {
      const person = await people.get(userId);
      return person?.isActive === true ? { userId, login: person.login } : undefined;
    },
    memberships: async (userId) => {
      const hasSecondFactor = await secondFactors.isOn(userId);
      const open = (await people.memberships(userId)).filter(
        ({ requiresSecondFactor }) => hasSecondFactor || !requiresSecondFactor,
      );
      const found = await Promise.all(
        open.map(async ({ tenant, tenantName }) => {
          const actions = (await standing(tenant, userId))?.actions;
          return actions === undefined ? [] : [{ tenant, tenantName, actions }];
        }),
      );
      return found.flat();
    },
  };
}

/** A code of six digits is an app's; anything else is one to recover with. */
function proofOf(code: string | undefined): { totp?: string } | { recoveryCode?: string } {
  if (code === undefined) return {};
  return /^\d{6}$/.test(code) ? { totp: code } : { recoveryCode: code };
}

/** The key that signs access tokens, in the form that the provider takes. */
export function createProviderKeys({
  authentication: { signingKeys },
  store,
  sealRing,
}: {
  readonly authentication: Pick<Authentication, 'signingKeys'>;
  readonly store: Pick<SigningKeyStore, 'list'>;
  readonly sealRing: readonly SealKey[];
}): () => Promise<ProviderKeys> {
  const seal = new Seal(sealRing, 'signing key');
  let known: ProviderKeys | undefined;
  return async () => {
    const { id } = await signingKeys.signer();
    if (known?.version === id) return known;
    const row = (await store.list()).find((one) => one.id === id);
    const text = row && seal.open(row.privateJwkSealed, id);
    if (row === undefined || text === undefined) throw new Error(`There is no signing key ${id}.`);
    const key = { ...(JSON.parse(text) as JWK), kid: id, alg: row.algorithm, use: 'sig' };
    known = { version: id, keys: [key] };
    return known;
  };
}
