import type { Adapter, AdapterPayload } from 'oidc-provider';
import { grantedScopes } from '../scope-limits.ts';
import { readGrantReference } from './grant-reference.ts';
import type { OAuthGrant, OAuthGrants, RefreshFamilies } from './ports.ts';

/**
 * Shows the provider the gateway's grants. It only reads and ends them: they are made where a
 * person consents.
 */
export function createGrantAdapter(grants: OAuthGrants): Adapter {
  const find = async (reference: string): Promise<AdapterPayload | undefined> => {
    const name = readGrantReference(reference);
    const grant = name === undefined ? undefined : await grants.get(name.tenant, name.id);
    return grant === undefined ? undefined : grantPayload(grant, reference);
  };
  const end = async (reference: string): Promise<void> => {
    const name = readGrantReference(reference);
    if (name !== undefined) await grants.revoke(name.tenant, name.id);
  };
  return { ...nothingElse, find, destroy: end, revokeByGrantId: end };
}

/**
 * Shows the provider refresh tokens; their rotation is a step of its own. `ended` is the error for
 * a grant that is not in force any more when its first token is made.
 */
export function createRefreshAdapter(
  grants: OAuthGrants,
  families: RefreshFamilies,
  ended: () => Error,
): Adapter {
  return {
    ...nothingElse,
    upsert: async (token, { grantId = '' }) => {
      const name = readGrantReference(grantId);
      const grant = name === undefined ? undefined : await grants.get(name.tenant, name.id);
      if (grant === undefined) throw ended();
      await families.begin(grant, token);
    },
    find: async (token) => {
      const found = await families.find(token);
      if (found === undefined) return undefined;
      const grant = await grants.get(found.tenant, found.grantId);
      return grant === undefined ? undefined : refreshPayload(grant, token);
    },
    // The grant ends with it, which is what ends the whole family.
    destroy: () => Promise.resolve(),
    revokeByGrantId: () => Promise.resolve(),
  };
}

function grantPayload(grant: OAuthGrant, reference: string): AdapterPayload {
  return {
    kind: 'Grant',
    jti: reference,
    accountId: grant.userId,
    clientId: grant.clientId,
    iat: toSeconds(grant.createdAtMs),
    exp: toSeconds(grant.expiresAtMs),
    openid: { scope: 'openid' },
    resources: { [grant.resource]: grantedScopes(grant).join(' ') },
  };
}

function refreshPayload(grant: OAuthGrant, token: string): AdapterPayload {
  return {
    kind: 'RefreshToken',
    jti: token,
    accountId: grant.userId,
    clientId: grant.clientId,
    grantId: `${grant.tenant}/${grant.id}`,
    gty: 'authorization_code',
    iat: toSeconds(grant.createdAtMs),
    exp: toSeconds(grant.expiresAtMs),
    resource: grant.resource,
    scope: grantedScopes(grant).join(' '),
  };
}

const nothingElse: Adapter = {
  upsert: () => Promise.reject(new Error('Grants are made by consent alone.')),
  find: () => Promise.resolve(undefined),
  findByUid: () => Promise.resolve(undefined),
  findByUserCode: () => Promise.resolve(undefined),
  consume: () => Promise.reject(new Error('This is never used up.')),
  destroy: () => Promise.resolve(),
  revokeByGrantId: () => Promise.resolve(),
};

function toSeconds(epochMs: number): number {
  return Math.floor(epochMs / 1_000);
}
