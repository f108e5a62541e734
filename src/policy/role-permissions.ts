import { permissionNames, type BuiltInRole, type Permission } from '../kernel/permissions.ts';

/** What an owner keeps for itself: it changes what other tenants and people have. */
const ownerOnly: ReadonlySet<Permission> = new Set<Permission>([
  'tenants.manage',
  'privacy.manage',
  'chats.inspect',
  'tool-search.manage',
  'plans.manage',
  'credit.manage',
  'invoices.manage',
]);

/** What only the operator's tenant can have: it is about the other ones. */
export const operatorPermissions: ReadonlySet<Permission> = new Set<Permission>([
  'tenants.manage',
  'plans.manage',
  'credit.manage',
  'invoices.manage',
]);

/** What each of the roles that every tenant has may do. */
export const rolePermissions: Readonly<Record<BuiltInRole, readonly Permission[]>> = {
  owner: permissionNames,
  admin: permissionNames.filter((one) => !ownerOnly.has(one)),
  developer: [
    'mcp.use',
    'services.read',
    'services.register',
    'services.refresh',
    'bundles.read',
    'sessions.use',
    'usage.read',
    'keys.own',
    'users.read',
    'policy.read',
    'connections.own',
    'models.read',
    'chat.use',
  ],
  billing: ['tenant.read', 'usage.read', 'billing.read'],
  viewer: [
    'mcp.use',
    'sessions.use',
    'services.read',
    'bundles.read',
    'keys.own',
    'connections.own',
    'models.read',
    'chat.use',
  ],
};

/** True for the name of a role that every tenant has. */
export function isBuiltInRole(name: string): name is BuiltInRole {
  return Object.hasOwn(rolePermissions, name);
}

/**
 * What a credential that reaches a part of the services can carry: everything else is about the
 * tenant as a whole, and would show or change what the credential must not reach. The first of
 * them that somebody has says what the others reach too; see `combineRoles`.
 */
export const viewPermissions: ReadonlySet<Permission> = new Set<Permission>([
  'mcp.use',
  'services.read',
  'services.refresh',
  'bundles.read',
  'sessions.use',
  'keys.own',
  'connections.own',
  'chat.use',
]);
