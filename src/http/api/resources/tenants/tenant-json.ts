import { z } from '@hono/zod-openapi';
import type { Tenant } from '../../../../identity/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { emailAddress, loginName, pathId, shownName } from '../../grants/identity-fields.ts';

const status = z.enum(['active', 'suspended']);
const settings = z.record(z.string(), z.unknown());

/** A tenant. */
export const tenantSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    status: status.describe('In a suspended tenant nobody is admitted.'),
    settings,
    createdAtMs: z.int(),
    version: z.int(),
  })
  .openapi('Tenant');
/** Tenants. */
export const tenantsSchema = z.strictObject({ tenants: z.array(tenantSchema) }).openapi('Tenants');

/** A new tenant and who owns it. */
export const tenantRequestSchema = z
  .strictObject({
    name: shownName,
    owner: z
      .strictObject({
        userId: pathId.describe('Somebody who is known already; else a login.').optional(),
        login: loginName.optional(),
        name: shownName.optional(),
        email: emailAddress.optional(),
      })
      .describe('Its first owner, who gets a key.'),
  })
  .openapi('TenantRequest');

/** A new tenant with its owner's key. */
export const newTenantSchema = z
  .strictObject({
    tenant: tenantSchema,
    ownerId: z.string(),
    apiKey: z.string().describe("The owner's first key, shown this once."),
  })
  .openapi('NewTenant');

/** What the operator changes of a tenant. */
export const tenantChangeSchema = z
  .strictObject({ name: shownName.optional(), status: status.optional() })
  .openapi('TenantChange');

/** What a tenant changes of itself. */
export const ownTenantChangeSchema = z
  .strictObject({
    name: shownName.optional(),
    settings: settings
      .refine((value) => JSON.stringify(value).length <= limits.tenantSettingsBytesMax, {
        error: `is longer than ${limits.tenantSettingsBytesMax} characters of JSON`,
      })
      .optional(),
  })
  .openapi('OwnTenantChange');

/** The tenant of a path. */
export const tenantParams = z.strictObject({ tenant: pathId });

/** A tenant as the API shows it. */
export function tenantJson(tenant: Tenant): z.output<typeof tenantSchema> {
  return tenant;
}
