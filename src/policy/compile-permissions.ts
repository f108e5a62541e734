import { createHash } from 'node:crypto';
import { canonicalJson } from '../kernel/canonical-json.ts';
import type { Json } from '../kernel/json.ts';
import type { CredentialLimits, Permissions } from '../kernel/permissions.ts';
import { combineRoles, grantOf, type NamedGrant } from './combine-roles.ts';
import { operatorPermissions, viewPermissions } from './role-permissions.ts';

/** What its holder has in the tenant. */
export interface HeldRoles {
  /** Names, sorted. */
  readonly roles: readonly string[];
  /** Ids, sorted. */
  readonly groups: readonly string[];
  /** Those of the roles that are the tenant's own. */
  readonly ownRoles: readonly NamedGrant[];
  /** Whether it is the operator's tenant, which alone has to do with other tenants. */
  readonly isOperator: boolean;
}

/** A credential that takes nothing away. */
export const unlimited: CredentialLimits = { scopes: null, access: [] };

/** The roles alone, for a holder in the operator's tenant without groups or own roles. */
export function holding(...roles: readonly string[]): HeldRoles {
  return { roles: roles.toSorted(), groups: [], ownRoles: [], isOperator: true };
}

/** What the holder of these roles may do by a credential with these limits. */
export function compilePermissions(
  { roles, groups, ownRoles, isOperator }: HeldRoles,
  credential: CredentialLimits = unlimited,
): Permissions {
  const { scopes, access } = credential;
  const granted = combineRoles(roles.map((name) => grantOf(name, ownRoles)));
  const held = granted.permissions
    .filter((one) => scopes === null || scopes.includes(one))
    .filter((one) => isOperator || !operatorPermissions.has(one));
  const layers = granted.access.length === 0 ? access : [granted.access, ...access];
  // A key's rules take away what is about the whole tenant; a role's rules are of that role alone.
  const actions = access.length === 0 ? held : held.filter((one) => viewPermissions.has(one));
  const text = canonicalJson([actions.toSorted(), layers, roles, groups] as unknown as Json);
  return {
    digest: createHash('sha256').update(text).digest('base64url'),
    actions: new Set(actions),
    layers,
    credential: { scopes, access },
    roles,
    groups,
  };
}
