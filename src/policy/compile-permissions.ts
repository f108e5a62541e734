import { createHash } from 'node:crypto';
import { canonicalJson } from '../kernel/canonical-json.ts';
import type { Json } from '../kernel/json.ts';
import type { AccessLayer, Permission, Permissions } from '../kernel/permissions.ts';
import type { Role } from '../kernel/principal.ts';
import { rolePermissions, viewPermissions } from './role-permissions.ts';

/** What a credential takes away from what its holder may do. */
export interface CredentialLimits {
  /** The only permissions it carries; null for all its holder has. */
  readonly scopes: readonly Permission[] | null;
  /** What it reaches; all must allow. */
  readonly access: readonly AccessLayer[];
}

/** A credential that takes nothing away. */
export const unlimited: CredentialLimits = { scopes: null, access: [] };

/** What somebody of this role may do by a credential with these limits. */
export function compilePermissions(
  role: Role,
  { scopes, access }: CredentialLimits = unlimited,
): Permissions {
  const granted = rolePermissions[role];
  const held = scopes === null ? granted : granted.filter((one) => scopes.includes(one));
  const actions = access.length === 0 ? held : held.filter((one) => viewPermissions.has(one));
  const text = canonicalJson([actions.toSorted(), access] as unknown as Json);
  return {
    digest: createHash('sha256').update(text).digest('base64url'),
    actions: new Set(actions),
    layers: access,
  };
}
