import { permissionNames, type AccessLayer, type Permission } from '../../kernel/permissions.ts';
import { serviceOfScope, serviceScope, USE_SCOPE } from './protected-resource.ts';

/** What a grant takes away from what its user may do. */
export interface ScopeLimits {
  /** The only permissions it carries. */
  readonly scopes: readonly Permission[];
  /** What it reaches; all must allow. */
  readonly access: readonly AccessLayer[];
}

/**
 * What scopes mean: `mcp` the data plane, `mcp:{service}` the data plane of that service alone, any
 * other the permission of that name. Names that mean nothing give nothing.
 */
export function scopeLimits(scopes: readonly string[]): ScopeLimits {
  const services = scopes.flatMap((scope) => serviceOfScope(scope) ?? []);
  const usesAll = scopes.includes(USE_SCOPE);
  const uses = usesAll || services.length > 0;
  const held = permissionNames.filter((one) => (one === 'mcp.use' ? uses : scopes.includes(one)));
  const narrows = !usesAll && services.length > 0;
  return { scopes: held, access: narrows ? [[{ services: services.toSorted() }]] : [] };
}

/** The scopes of a grant with these limits: what `scopeLimits` makes the same limits of. */
export function grantedScopes({ scopes, access }: ScopeLimits): readonly string[] {
  const services = access.flatMap((layer) => layer.flatMap((rule) => rule.services ?? []));
  return scopes.flatMap((one) => {
    if (one !== 'mcp.use') return [one];
    return access.length === 0 ? [USE_SCOPE] : services.map(serviceScope);
  });
}

/** The permission that a scope stands for; undefined for one that means nothing. */
export function permissionOfScope(scope: string): Permission | undefined {
  return scopeLimits([scope]).scopes[0];
}

/** The scopes that carry a permission at a resource whose least scopes these are. */
export function scopesFor(permission: string, least: readonly string[]): readonly string[] {
  if (permission !== 'mcp.use') return [permission];
  const use = least.filter((scope) => scope === USE_SCOPE || serviceOfScope(scope) !== undefined);
  return use.length > 0 ? use : [USE_SCOPE];
}
