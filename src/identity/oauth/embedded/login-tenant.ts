import { tenantId, type TenantId } from '../../../kernel/principal.ts';

const PREFIX = 'tenant:';

/**
 * How a session of the authorization server remembers that a tenant's own provider vouches for its
 * person: as a method of authentication (`amr`), because that is what the library keeps with a
 * login and replaces with the next.
 */
export function methodsOfTenant(tenant: TenantId): string[] {
  return [`${PREFIX}${tenant}`];
}

/** The one tenant that such a login is good in; undefined for one that is good in all. */
export function tenantOfMethods(methods: unknown): TenantId | undefined {
  const all: readonly unknown[] = Array.isArray(methods) ? methods : [];
  const found = all.find((one) => typeof one === 'string' && one.startsWith(PREFIX));
  return typeof found === 'string' ? tenantId(found.slice(PREFIX.length)) : undefined;
}
