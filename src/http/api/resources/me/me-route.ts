import { z } from '@hono/zod-openapi';
import type { Subject, TenantId } from '../../../../kernel/principal.ts';
import { permissionNames } from '../../../../kernel/permissions.ts';
import { accessRule } from '../../framework/access-rule.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';

const meSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['user', 'service_account', 'system']),
    login: z.string().nullable(),
    name: z.string().nullable(),
    tenant: z.strictObject({ id: z.string(), name: z.string() }),
    roles: z.array(z.string()).describe('The own ones and those of groups.'),
    groups: z.array(z.string()).describe('Ids of groups.'),
    permissions: z.array(z.enum(permissionNames)).describe('What this credential may do.'),
    access: z
      .array(z.array(accessRule))
      .describe('What it reaches: of every list one rule must allow; without lists, everything.'),
    memberships: z
      .array(
        z.strictObject({
          tenantId: z.string(),
          tenantName: z.string(),
          roles: z.array(z.string()),
          status: z.enum(['active', 'deactivated']),
        }),
      )
      .describe('Every tenant that the user is in.'),
  })
  .openapi('Me');

type Named = Pick<z.output<typeof meSchema>, 'login' | 'name' | 'memberships'>;

/** Who the caller is. */
export function meRoutes({ identity }: ApiDeps): ApiRoute[] {
  return [
    defineRoute({
      method: 'get',
      paths: ['/api/v1/me'],
      operationIds: ['getMe'],
      tag: 'Users',
      summary: 'See who you are and what you may do',
      permission: 'admitted',
      answers: { 200: { description: 'The caller.', schema: meSchema } },
      handle: async ({ principal: { tenant, subject, permissions } }) => {
        const own = await identity.tenants.get(tenant);
        const { roles, groups, actions, layers } = permissions;
        return respondJson(200, {
          ...subject,
          tenant: { id: tenant, name: own?.name ?? '' },
          roles,
          groups,
          permissions: [...actions],
          access: layers,
          ...(await named(identity, tenant, subject)),
        });
      },
    }),
  ];
}

async function named(
  identity: ApiDeps['identity'],
  tenant: TenantId,
  { kind, id }: Subject,
): Promise<Named> {
  if (kind !== 'user') {
    const account = await identity.serviceAccounts.get(tenant, id);
    return { login: null, name: account?.name ?? null, memberships: [] };
  }
  const [account, memberships, tenants] = await Promise.all([
    identity.accounts.get(id),
    identity.accounts.memberships(id),
    identity.tenants.list(),
  ]);
  const names = new Map(tenants.map((one) => [one.id, one.name]));
  return {
    login: account?.login ?? null,
    name: account?.name ?? null,
    memberships: memberships.map((one) => ({
      tenantId: one.tenant,
      tenantName: names.get(one.tenant) ?? '',
      roles: [...one.roles],
      status: one.status,
    })),
  };
}
