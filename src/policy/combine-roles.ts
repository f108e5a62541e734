import { permissionNames, type AccessLayer, type Permission } from '../kernel/permissions.ts';
import { isBuiltInRole, rolePermissions, viewPermissions } from './role-permissions.ts';

/** What a role gives: some permissions, on everything or on what one of the rules allows. */
export interface RoleGrant {
  readonly permissions: readonly Permission[];
  /** Without rules, everything. */
  readonly access: AccessLayer;
}

/** A role of a tenant's own. */
export interface NamedGrant extends RoleGrant {
  readonly name: string;
}

/** What a role of that name gives; a name that nobody knows (any more) gives nothing. */
export function grantOf(name: string, ownRoles: readonly NamedGrant[]): RoleGrant {
  if (isBuiltInRole(name)) return { permissions: rolePermissions[name], access: [] };
  const own = ownRoles.find((role) => role.name === name);
  if (own === undefined) return { permissions: [], access: [] };
  return { permissions: carried(own), access: own.access };
}

/**
 * What several roles give together: the permissions of all, and what the first view permission
 * reaches by them. Permissions share one reach, so one that no role gives on all of it is left
 * out: a role must not widen what another one narrows.
 */
export function combineRoles(grants: readonly RoleGrant[]): RoleGrant {
  const given = new Set(grants.flatMap(({ permissions }) => permissions));
  const permissions = permissionNames.filter((one) => given.has(one));
  const base = [...viewPermissions].find((one) => given.has(one));
  if (base === undefined) return { permissions, access: [] };
  const reaching = grants.filter((grant) => grant.permissions.includes(base));
  const isWhole = reaching.some(({ access }) => access.length === 0);
  const covers = (one: Permission): boolean => {
    const having = grants.filter((grant) => grant.permissions.includes(one));
    if (having.some(({ access }) => access.length === 0)) return true;
    return !isWhole && reaching.every((grant) => having.includes(grant));
  };
  return {
    permissions: permissions.filter((one) => !viewPermissions.has(one) || covers(one)),
    access: isWhole ? [] : reaching.flatMap(({ access }) => access),
  };
}

/** A role that reaches a part of the services carries what a view can be applied to. */
function carried({ permissions, access }: RoleGrant): readonly Permission[] {
  if (access.length === 0) return permissions;
  return permissions.filter((one) => viewPermissions.has(one));
}
