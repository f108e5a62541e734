import type { Permissions } from '../../kernel/permissions.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import type { Grant, GrantStore } from './store.ts';

/** What a grant's user may do by it now; undefined for one who may not act in the tenant. */
export type PermissionsOfGrant = (grant: Grant) => Promise<Permissions | undefined>;

/** A grant that is good, and who acts by it. */
export interface GrantHolder {
  readonly grant: Grant;
  readonly principal: Principal;
}

/** What reading a grant needs. */
export interface GrantHolderOptions {
  readonly store: Pick<GrantStore, 'get'>;
  readonly permissionsOf: PermissionsOfGrant;
  readonly now: () => number;
}

/**
 * Who acts by a grant: undefined when it is not known, revoked or over, or when its user or
 * tenant may not act. `credentialId` names the token or cookie that was presented; `actsIn` is
 * another tenant of the user, for a login that is good at all of them.
 */
export type FindHolder = (
  tenant: TenantId,
  grantId: string,
  credentialId: string,
  actsIn?: TenantId,
) => Promise<GrantHolder | undefined>;

/** Makes the one way from a grant to a principal. */
export function createFindHolder({ store, permissionsOf, now }: GrantHolderOptions): FindHolder {
  return async (granted, grantId, credentialId, tenant = granted) => {
    const grant = await store.get(granted, grantId);
    if (grant === undefined || !isGood(grant, now())) return undefined;
    const permissions = await permissionsOf({ ...grant, tenant });
    if (permissions === undefined) return undefined;
    const subject = { kind: 'user', id: grant.userId } as const;
    return { grant, principal: { tenant, subject, grantId, credentialId, permissions } };
  };
}

function isGood({ revokedAtMs, expiresAtMs }: Grant, atMs: number): boolean {
  return revokedAtMs === null && atMs < expiresAtMs;
}
