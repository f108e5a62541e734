import { z } from '@hono/zod-openapi';
import type { SsoConnection } from '../../../../identity/sso/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { respondJson } from '../../framework/respond.ts';
import { pathId } from '../../grants/identity-fields.ts';
import { connectionJson, connectionSchema, domainName } from './connection-json.ts';

const tag = 'Single sign-on';
const proofsSchema = z
  .strictObject({
    domains: z.array(
      z.strictObject({
        domain: z.string(),
        record: z.string().describe('The text of a TXT record that the domain has to have.'),
        verified: z.boolean().describe('By its record, or by the word of the operator.'),
      }),
    ),
  })
  .openapi('SsoDomains');

/** How a tenant shows by DNS that the domains of a connection are its own. */
export function ssoDomainRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), checkRoute(deps)];
}

const listRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/sso-connections/{connection}/domains'],
    operationIds: ['listSsoDomains'],
    tag,
    summary: 'See how the domains of a connection are verified',
    permission: 'tenant.manage',
    params: z.strictObject({ connection: pathId }),
    answers: { 200: { description: 'Its domains.', schema: proofsSchema } },
    handle: async ({ principal: { tenant }, params }) => {
      const connection = await known(deps, tenant, params.connection);
      const { domainsVerified, verifiedDomains } = connection;
      const domains = connection.domains.map((domain) => ({
        domain,
        record: deps.sso.domainProof.recordOf(tenant, domain),
        verified: domainsVerified || verifiedDomains.includes(domain),
      }));
      return respondJson(200, { domains });
    },
  });

const checkRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/sso-connections/{connection}/domains/{domain}/check'],
    operationIds: ['checkSsoDomain'],
    tag,
    summary: 'Verify a domain by its TXT record',
    description: 'Looks the record up now; `conflict` while it is not there.',
    permission: 'tenant.manage',
    params: z.strictObject({ connection: pathId, domain: domainName }),
    answers: { 200: { description: 'Verified.', schema: connectionSchema } },
    errors: ['conflict', 'upstream_unavailable'],
    versioned: true,
    handle: async ({ principal: { tenant }, params: { connection: id, domain }, ifVersion }) => {
      const before = await known(deps, tenant, id);
      if (!before.domains.includes(domain)) throw new GatewayError('not_found');
      if (!(await deps.sso.domainProof.isProven(tenant, domain))) {
        const record = deps.sso.domainProof.recordOf(tenant, domain);
        const text = `${domain} has no TXT record ${record}; new ones take a while to be seen.`;
        throw new GatewayError('conflict', text);
      }
      // For what was read: the domains may have been changed while the name servers were asked.
      const connection = await deps.sso.connections.update(tenant, id, {
        verifiedDomains: [...new Set([...before.verifiedDomains, domain])],
        ifVersion: ifVersion ?? before.version,
      });
      if (connection === undefined) throw new GatewayError('not_found');
      const json = connectionJson(connection, deps.authentication.baseUrl());
      return respondJson(200, json, entityTag(connection));
    },
  });

async function known({ sso }: ApiDeps, tenant: TenantId, id: string): Promise<SsoConnection> {
  const connection = await sso.connections.get(tenant, id);
  if (connection === undefined) throw new GatewayError('not_found');
  return connection;
}
