import { tenantId, type TenantId } from '../../../kernel/principal.ts';

/** Names a grant and its tenant in one text, for a library that knows no tenants. */
export function grantReference(tenant: TenantId, id: string): string {
  return `${tenant}/${id}`;
}

/** Reads such a text; undefined when it is none. */
export function readGrantReference(
  text: string,
): { readonly tenant: TenantId; readonly id: string } | undefined {
  const [tenant, id, ...more] = text.split('/');
  if (tenant === undefined || tenant === '' || id === undefined || more.length > 0)
    return undefined;
  return { tenant: tenantId(tenant), id };
}
