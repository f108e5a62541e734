import type { ApiKey, KeySubject } from '../../../identity/store.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { Permissions } from '../../../kernel/permissions.ts';
import type { Principal, TenantId } from '../../../kernel/principal.ts';
import { combineRoles, grantOf, type RoleGrant } from '../../../policy/combine-roles.ts';
import { fieldProblem } from '../framework/problem.ts';
import { compilePermissions } from '../../../policy/compile-permissions.ts';
import { isBuiltInRole } from '../../../policy/role-permissions.ts';
import { mayGrant } from '../../../policy/may-grant.ts';
import type { IdentityStores } from '../framework/api-deps.ts';

/** Throws `forbidden` when the grant holds what its giver does not have. */
export function checkGrant({ permissions }: Principal, grant: RoleGrant): void {
  const missing = grant.permissions.filter((one) => !permissions.actions.has(one));
  if (missing.length > 0) {
    const text = `You lack these permissions yourself: ${missing.join(', ')}.`;
    throw new GatewayError('forbidden', text);
  }
  if (mayGrant(permissions, grant)) return;
  throw new GatewayError('forbidden', 'You reach a part of the services only, and give no more.');
}

/** Throws `invalid_params` for the role of a person where only a program or a group gets it. */
export function checkNoOwner(names: readonly string[]): void {
  if (!names.includes('owner')) return;
  const fix = 'Give it to a user; admin is the most that others get.';
  throw fieldProblem([{ field: 'roles', problem: 'owner is the role of a user', fix }]);
}

/**
 * Throws `forbidden` when roles hold what their giver does not have; `owner` is given and taken by
 * owners alone. `invalid_params` for a role that the tenant does not have.
 */
export async function checkRoles(
  { roles }: Pick<IdentityStores, 'roles'>,
  principal: Principal,
  names: readonly string[],
): Promise<void> {
  checkOwner(principal, names);
  const own = await roles.list(principal.tenant);
  const known = (name: string) => isBuiltInRole(name) || own.some((role) => role.name === name);
  const unknown = names.filter((name) => !known(name));
  if (unknown.length > 0) {
    const problem = `names no role of the tenant: ${unknown.join(', ')}`;
    throw fieldProblem([{ field: 'roles', problem, fix: 'Make the role first.' }]);
  }
  checkGrant(principal, combineRoles(names.map((name) => grantOf(name, own))));
}

/** Throws `forbidden` when somebody who is no owner has to do with the role `owner`. */
export function checkOwner({ permissions }: Principal, names: readonly string[]): void {
  if (!names.includes('owner') || permissions.roles.includes('owner')) return;
  throw new GatewayError('forbidden', 'Only an owner gives or takes the role owner.');
}

/** What somebody may do by a key, as it is now; undefined for who may not act. */
export async function permissionsBy(
  { members }: Pick<IdentityStores, 'members'>,
  tenant: TenantId,
  subject: KeySubject,
  limits: Pick<ApiKey, 'scopes' | 'access'>,
): Promise<Permissions | undefined> {
  const standing = await members.standing(tenant, subject);
  return standing === undefined ? undefined : compilePermissions(standing, limits);
}
