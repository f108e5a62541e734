import { GatewayError } from '../../../../kernel/errors.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { checkRoles } from '../../grants/check-grant.ts';

/**
 * Rejects for users whose password is not the caller's to set: `not_found` for one of another
 * tenant, `forbidden` for one who may do more, or who is in other tenants as well.
 */
export async function checkMayReset(
  { identity }: Pick<ApiDeps, 'identity'>,
  caller: Principal,
  userId: string,
): Promise<void> {
  const { tenant } = caller;
  const member = await identity.members.get(tenant, userId);
  if (member === undefined) throw new GatewayError('not_found');
  const memberships = await identity.accounts.memberships(userId);
  if (memberships.some((one) => one.tenant !== tenant)) {
    const text = 'This user is in other tenants as well; only the user can set the password.';
    throw new GatewayError('forbidden', text);
  }
  const standing = await identity.members.standing(tenant, { kind: 'user', id: userId });
  if (standing === undefined) {
    throw new GatewayError('conflict', 'This user is deactivated; activate it first.');
  }
  await checkRoles(identity, caller, standing.roles);
}
