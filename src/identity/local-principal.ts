import { GatewayError } from '../kernel/errors.ts';
import type { Permissions } from '../kernel/permissions.ts';
import type { Principal, Subject } from '../kernel/principal.ts';
import type { MemberStore, Standing, TenantStore } from './store.ts';

/**
 * The person who runs this process, as the first owner: whoever may open the data folder holds
 * everything in it anyway. Rejects with GatewayError `unauthenticated` when there is no owner.
 */
export async function localPrincipal(
  tenants: Pick<TenantStore, 'list'>,
  members: Pick<MemberStore, 'list' | 'standing'>,
  permissionsOf: (standing: Standing) => Permissions,
): Promise<Principal> {
  const [tenant] = await tenants.list();
  const all = tenant === undefined ? [] : await members.list(tenant.id);
  const owners = all.filter(({ membership }) => membership.roles.includes('owner'));
  const oldest = owners.toSorted((a, b) => a.account.createdAtMs - b.account.createdAtMs);
  for (const { account, membership } of oldest) {
    const subject: Subject = { kind: 'user', id: account.id };
    const standing = await members.standing(membership.tenant, subject);
    if (standing === undefined) continue;
    return {
      tenant: membership.tenant,
      subject,
      grantId: 'local',
      credentialId: 'local',
      permissions: permissionsOf(standing),
    };
  }
  throw new GatewayError('unauthenticated', 'The data folder has no owner; give a key.');
}
