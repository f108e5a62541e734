import { z } from '@hono/zod-openapi';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { respondEmpty } from '../../framework/respond.ts';
import { pathId } from '../../grants/identity-fields.ts';
import { applyPatch } from './apply-patch.ts';
import { scimBase } from './scim-base.ts';
import { asObject, checkSchemas, operationsOf, patchBody, resourceBody } from './scim-body.ts';
import type { ScimKind } from './scim-kind.ts';
import {
  isWanted,
  listQuery,
  pageOf,
  respondScim,
  scimList,
  scimListSchema,
  scimResource,
  shown,
  shownQuery,
} from './scim-list.ts';
import { SCIM_TYPE, checkIfMatch, scimErrorForm, urns } from './scim-protocol.ts';

const common = {
  tag: 'SCIM',
  permission: 'scim.manage',
  errorForm: scimErrorForm,
} as const;

/** The routes of one kind of resource (RFC 7644, section 3). */
export function scimKindRoutes<Item>(deps: ApiDeps, kind: ScimKind<Item>): ApiRoute[] {
  const parts = partsOf(deps, kind);
  return [
    listRoute(deps, kind),
    createRoute(deps, kind, parts),
    getRoute(deps, kind, parts),
    replaceRoute(deps, kind, parts),
    patchRoute(deps, kind, parts),
    removeRoute(deps, kind, parts),
  ];
}

type Parts<Item> = ReturnType<typeof partsOf<Item>>;

/** What several of the routes have in common. */
function partsOf<Item>(deps: ApiDeps, kind: ScimKind<Item>) {
  const { path, word } = kind.names;
  const answer = async (
    request: Request,
    status: number,
    tenant: TenantId,
    item: Item,
  ): Promise<Response> => {
    const base = scimBase(deps, request);
    const resource = await (await kind.show(deps, tenant, base, () => true))(item);
    const location = `${base}/${path}/${kind.idOf(item)}`;
    const headers = { ...entityTag(kind.versionOf(item)), Location: location };
    return respondScim(status, resource, headers);
  };
  const paths: readonly [string] = [`/scim/v2/${path}/{${word}}`];
  return {
    item: { paths, params: z.strictObject({ [word]: pathId }) },
    one: { description: `The ${word}.`, schema: scimResource, mediaType: SCIM_TYPE },
    idIn: (params: Readonly<Record<string, string>>): string => params[word] ?? '',
    answer,
    /** One that is to be changed, at the version that the client means. */
    begin: async (tenant: TenantId, id: string, ifVersion: number | undefined): Promise<Item> => {
      const item = await kind.known(deps, tenant, id);
      checkIfMatch(kind.versionOf(item).version, ifVersion);
      return item;
    },
  };
}

function listRoute<Item>(deps: ApiDeps, kind: ScimKind<Item>): ApiRoute {
  const { path, one, word } = kind.names;
  return defineRoute({
    ...common,
    method: 'get',
    paths: [`/scim/v2/${path}`],
    operationIds: [`scimList${one}s`],
    summary: `List the ${word}s that SCIM keeps`,
    query: listQuery,
    answers: { 200: { description: 'A page.', schema: scimListSchema, mediaType: SCIM_TYPE } },
    handle: async ({ principal: { tenant }, query, request }) => {
      const page = pageOf(await kind.find(deps, tenant, query.filter), query);
      const wanted = (attribute: string) => isWanted(attribute, query);
      const show = await kind.show(deps, tenant, scimBase(deps, request), wanted);
      const resources = [];
      for (const item of page.items) resources.push(shown(await show(item), query));
      return respondScim(200, scimList(resources, page));
    },
  });
}

function createRoute<Item>(deps: ApiDeps, kind: ScimKind<Item>, parts: Parts<Item>): ApiRoute {
  const { path, one, word } = kind.names;
  return defineRoute({
    ...common,
    method: 'post',
    paths: [`/scim/v2/${path}`],
    operationIds: [`scimCreate${one}`],
    summary: `Make a ${word}`,
    description: kind.texts.creation,
    body: resourceBody(kind.texts.example),
    answers: { 201: parts.one },
    errors: ['conflict', 'not_found'],
    versioned: true,
    handle: async ({ principal: { tenant }, body, request }) => {
      const given = asObject(body);
      checkSchemas(given, kind.shape);
      return parts.answer(request, 201, tenant, await kind.create(deps, tenant, given));
    },
  });
}

function getRoute<Item>(deps: ApiDeps, kind: ScimKind<Item>, parts: Parts<Item>): ApiRoute {
  const { one, word } = kind.names;
  return defineRoute({
    ...common,
    ...parts.item,
    method: 'get',
    operationIds: [`scimGet${one}`],
    summary: `See a ${word} that SCIM keeps`,
    query: shownQuery,
    answers: { 200: parts.one },
    versioned: true,
    handle: async ({ principal: { tenant }, params, query, request }) => {
      const item = await kind.known(deps, tenant, parts.idIn(params));
      const show = await kind.show(deps, tenant, scimBase(deps, request), () => true);
      return respondScim(200, shown(await show(item), query), entityTag(kind.versionOf(item)));
    },
  });
}

function replaceRoute<Item>(deps: ApiDeps, kind: ScimKind<Item>, parts: Parts<Item>): ApiRoute {
  const { one, word } = kind.names;
  return defineRoute({
    ...common,
    ...parts.item,
    method: 'put',
    operationIds: [`scimReplace${one}`],
    summary: `Replace a ${word} that SCIM keeps`,
    body: resourceBody(kind.texts.example),
    answers: { 200: parts.one },
    errors: ['conflict', 'precondition_failed'],
    versioned: true,
    handle: async ({ principal, params, body, ifVersion, request }) => {
      const { tenant } = principal;
      const before = await parts.begin(tenant, parts.idIn(params), ifVersion);
      const given = asObject(body);
      checkSchemas(given, kind.shape);
      const after = await kind.replace(deps, principal, before, given);
      return parts.answer(request, 200, tenant, after);
    },
  });
}

function patchRoute<Item>(deps: ApiDeps, kind: ScimKind<Item>, parts: Parts<Item>): ApiRoute {
  return defineRoute({
    ...common,
    ...parts.item,
    ...kind.texts.change,
    method: 'patch',
    operationIds: [`scimPatch${kind.names.one}`],
    body: patchBody({ schemas: [urns.patch], Operations: [kind.texts.operation] }),
    answers: { 200: parts.one },
    errors: ['conflict', 'precondition_failed'],
    versioned: true,
    handle: async ({ principal, params, body, ifVersion, request }) => {
      const { tenant } = principal;
      const before = await parts.begin(tenant, parts.idIn(params), ifVersion);
      const after = await kind.patch(deps, principal, before, (resource) =>
        applyPatch(resource, operationsOf(body), kind.shape),
      );
      return parts.answer(request, 200, tenant, after);
    },
  });
}

function removeRoute<Item>(deps: ApiDeps, kind: ScimKind<Item>, parts: Parts<Item>): ApiRoute {
  const { summary, answer } = kind.texts.removal;
  return defineRoute({
    ...common,
    ...parts.item,
    method: 'delete',
    operationIds: [`scimRemove${kind.names.one}`],
    summary,
    answers: { 204: { description: answer } },
    errors: ['conflict', 'precondition_failed'],
    versioned: true,
    handle: async ({ principal: { tenant }, params, ifVersion }) => {
      const item = await parts.begin(tenant, parts.idIn(params), ifVersion);
      await kind.remove(deps, tenant, item);
      return respondEmpty();
    },
  });
}
