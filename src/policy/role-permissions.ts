import { permissionNames, type Permission } from '../kernel/permissions.ts';
import type { Role } from '../kernel/principal.ts';

/** What each role may do. */
export const rolePermissions: Readonly<Record<Role, readonly Permission[]>> = {
  admin: permissionNames,
  member: [
    'mcp.use',
    'services.read',
    'services.register',
    'services.refresh',
    'bundles.read',
    'sessions.use',
    'usage.read',
    'keys.own',
  ],
};

/**
 * What a credential that reaches a part of the services can carry: everything else is about the
 * tenant as a whole, and would show or change what the credential must not reach.
 */
export const viewPermissions: ReadonlySet<Permission> = new Set<Permission>([
  'mcp.use',
  'services.read',
  'services.refresh',
  'bundles.read',
  'sessions.use',
  'keys.own',
]);
