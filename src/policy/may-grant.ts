import type { Permissions } from '../kernel/permissions.ts';
import type { RoleGrant } from './combine-roles.ts';
import { viewPermissions } from './role-permissions.ts';

/**
 * True when somebody may give what the grant holds: nobody gives what they do not have. Whoever
 * reaches a part of the services gives nothing that reaches services, for its part may change.
 */
export function mayGrant(holder: Permissions, { permissions }: RoleGrant): boolean {
  if (!permissions.every((one) => holder.actions.has(one))) return false;
  return holder.layers.length === 0 || !permissions.some((one) => viewPermissions.has(one));
}
