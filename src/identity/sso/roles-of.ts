import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { SsoConnection } from './store.ts';

/**
 * The roles that an ID token gives: those of everybody and those of its groups, each once. A claim
 * that is absent gives none, so that whoever left the last group loses its roles. `owner` is never
 * among them; it is given by owners.
 */
export function rolesOf(
  claims: JsonObject,
  {
    groupsClaim,
    roles,
    defaultRoles,
  }: Pick<SsoConnection, 'groupsClaim' | 'roles' | 'defaultRoles'>,
): readonly string[] {
  const value = groupsClaim === null ? undefined : claimAt(claims, groupsClaim);
  const groups: readonly unknown[] = Array.isArray(value) ? value : [value];
  const given = groups.flatMap((group) =>
    typeof group === 'string' && Object.hasOwn(roles, group) ? (roles[group] ?? []) : [],
  );
  return [...new Set([...defaultRoles, ...given])].filter((role) => role !== 'owner').toSorted();
}

/** Whether an ID token has every claim that the connection demands, exactly. */
export function hasRequired(
  claims: JsonObject,
  { requiredClaims }: Pick<SsoConnection, 'requiredClaims'>,
): boolean {
  return Object.entries(requiredClaims).every(
    ([name, value]) => String(claimAt(claims, name)) === value,
  );
}

/** A claim whose name is the whole path (a URL has dots), or else the one at the end of it. */
function claimAt(claims: JsonObject, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path
    .split('.')
    .reduce<unknown>(
      (one, part) => (isJsonObject(one) && Object.hasOwn(one, part) ? one[part] : undefined),
      claims,
    );
}
