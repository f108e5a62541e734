import { z } from '@hono/zod-openapi';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { scimBase } from './scim-base.ts';
import { listQuery, pageOf, respondScim, scimList, scimListSchema } from './scim-list.ts';
import { SCIM_TYPE, scimErrorForm, urns } from './scim-protocol.ts';
import { scimSchemas } from './scim-schemas.ts';

const common = {
  method: 'get',
  tag: 'SCIM',
  permission: 'scim.manage',
  errorForm: scimErrorForm,
} as const;
const described = z.looseObject({ schemas: z.array(z.string()) });
const one = { description: 'What is asked for.', schema: described, mediaType: SCIM_TYPE };
const all = { description: 'All of them.', schema: scimListSchema, mediaType: SCIM_TYPE };

/** What this SCIM service can do (RFC 7644, section 4). */
export function scimDiscoveryRoutes(deps: ApiDeps): ApiRoute[] {
  return [configRoute(deps), ...describing(deps, types), ...describing(deps, schemas)];
}

const configRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    paths: ['/scim/v2/ServiceProviderConfig'],
    operationIds: ['scimServiceProviderConfig'],
    summary: 'What this SCIM service can do',
    answers: { 200: one },
    handle: ({ request }) => {
      const location = `${scimBase(deps, request)}/ServiceProviderConfig`;
      return respondScim(200, {
        ...config,
        meta: { resourceType: 'ServiceProviderConfig', location },
      });
    },
  });

const config: JsonObject = {
  schemas: [urns.config],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: limits.scimPageItems },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'API key',
      description: 'An API key of a service account, as bearer token.',
      primary: true,
    },
  ],
};

/** A kind of description: a list and each by its id. */
interface Described {
  readonly path: 'ResourceTypes' | 'Schemas';
  readonly kind: 'ResourceType' | 'Schema';
  readonly summary: string;
  readonly items: readonly (JsonObject & { readonly id: string })[];
}

const types: Described = {
  path: 'ResourceTypes',
  kind: 'ResourceType',
  summary: 'The kinds of resources that SCIM keeps',
  items: (['User', 'Group'] as const).map((name) => ({
    schemas: [urns.resourceType],
    id: name,
    name,
    endpoint: `/${name}s`,
    schema: name === 'User' ? urns.user : urns.group,
  })),
};

const schemas: Described = {
  path: 'Schemas',
  kind: 'Schema',
  summary: 'The attributes of resources that SCIM keeps',
  items: scimSchemas,
};

function describing(deps: ApiDeps, { path, kind, summary, items }: Described): ApiRoute[] {
  const withMeta = (item: JsonObject & { readonly id: string }, request: Request): JsonObject => {
    const location = `${scimBase(deps, request)}/${path}/${item.id}`;
    return { ...item, meta: { resourceType: kind, location } };
  };
  return [
    defineRoute({
      ...common,
      paths: [`/scim/v2/${path}`],
      operationIds: [`scimList${path}`],
      summary,
      query: listQuery.omit({ filter: true }),
      answers: { 200: all },
      handle: ({ request, query }) => {
        const page = pageOf(items, query);
        return respondScim(
          200,
          scimList(
            page.items.map((item) => withMeta(item, request)),
            page,
          ),
        );
      },
    }),
    defineRoute({
      ...common,
      paths: [`/scim/v2/${path}/{id}`],
      operationIds: [`scimGet${kind}`],
      summary: `${summary}: one`,
      params: z.strictObject({ id: z.string().max(limits.scimTextCharactersMax) }),
      answers: { 200: one },
      handle: ({ request, params: { id } }) => {
        const item = items.find((known) => known.id.toLowerCase() === id.toLowerCase());
        if (item === undefined) throw new GatewayError('not_found');
        return respondScim(200, withMeta(item, request));
      },
    }),
  ];
}
