import { GatewayError } from '../kernel/errors.ts';
import type { Permissions } from '../kernel/permissions.ts';
import type { Principal, Role } from '../kernel/principal.ts';
import type { IdentityStore } from './store.ts';

/**
 * The person who runs this process, as the first administrator: whoever may open the data folder
 * holds everything in it anyway. Rejects with GatewayError `unauthenticated` when there is no
 * administrator.
 */
export async function localPrincipal(
  store: Pick<IdentityStore, 'tenants' | 'users'>,
  permissionsOf: (role: Role) => Permissions,
): Promise<Principal> {
  const [tenant] = await store.tenants();
  const users = tenant === undefined ? [] : await store.users(tenant.id);
  const administrators = users.filter(({ role }) => role === 'admin');
  const owner = administrators.toSorted((a, b) => a.createdAtMs - b.createdAtMs)[0];
  if (owner === undefined) {
    throw new GatewayError('unauthenticated', 'The data folder has no administrator; give a key.');
  }
  return {
    tenant: owner.tenant,
    subject: { kind: 'user', id: owner.id },
    grantId: 'local',
    credentialId: 'local',
    permissions: permissionsOf(owner.role),
  };
}
