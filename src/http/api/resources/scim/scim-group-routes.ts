import { z } from '@hono/zod-openapi';
import type { Group } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { respondEmpty } from '../../framework/respond.ts';
import { pathId } from '../../grants/identity-fields.ts';
import { applyPatch } from './apply-patch.ts';
import { changeGroup, checkUsers, knownGroup, usersIn } from './change-group.ts';
import { asObject, checkSchemas, operationsOf, patchBody, resourceBody } from './scim-body.ts';
import { scimBase } from './scim-base.ts';
import { compileFilter, parseFilter } from './scim-filter.ts';
import {
  groupFilters,
  groupResource,
  groupShape,
  patchableGroup,
  readGroup,
} from './scim-group.ts';
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
const params = z.strictObject({ group: pathId });
const one = { description: 'The group.', schema: scimResource, mediaType: SCIM_TYPE };
const example = { schemas: [urns.group], displayName: 'Support' };
const rename = { op: 'replace', path: 'displayName', value: 'Help desk' };

/** The groups that an identity provider keeps (RFC 7644). Their roles are given elsewhere. */
export function scimGroupRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    listRoute(deps),
    createRoute(deps),
    getRoute(deps),
    replaceRoute(deps),
    patchRoute(deps),
    removeRoute(deps),
  ];
}

const listRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: ['/scim/v2/Groups'],
    operationIds: ['scimListGroups'],
    summary: 'List the groups that SCIM keeps',
    query: listQuery,
    answers: { 200: { description: 'A page.', schema: scimListSchema, mediaType: SCIM_TYPE } },
    handle: async ({ principal: { tenant }, query, request }) => {
      const test =
        query.filter === undefined
          ? () => true
          : compileFilter(parseFilter(query.filter), groupFilters);
      const all = await deps.identity.groups.list(tenant);
      const page = pageOf(
        all.filter((group) => group.source === 'scim' && test(group)),
        query,
      );
      const base = scimBase(deps, request);
      const namesOf = isWanted('members', query)
        ? await usersIn(deps, tenant)
        : () => Promise.resolve(new Map<string, string>());
      const resources = [];
      for (const group of page.items) {
        const resource = groupResource(group, await namesOf(group.id), base);
        resources.push(shown(resource, query));
      }
      return respondScim(200, scimList(resources, page));
    },
  });

const createRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'post',
    paths: ['/scim/v2/Groups'],
    operationIds: ['scimCreateGroup'],
    summary: 'Make a group',
    description: 'It has no roles until an administrator gives it some.',
    body: resourceBody(example),
    answers: { 201: one },
    errors: ['conflict', 'not_found'],
    versioned: true,
    handle: async ({ principal: { tenant }, body, request }) => {
      const given = asObject(body);
      checkSchemas(given, groupShape);
      const { name, externalId, userIds } = readGroup(given);
      await checkUsers(deps, tenant, userIds);
      const made = { source: 'scim', roles: [], createdAtMs: deps.now(), version: 1 } as const;
      const group: Group = { ...made, tenant, id: deps.ids.next('grp'), name, externalId };
      await deps.identity.groups.insert(tenant, group, userIds);
      return answer(deps, request, 201, group);
    },
  });

const getRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: ['/scim/v2/Groups/{group}'],
    operationIds: ['scimGetGroup'],
    summary: 'See a group that SCIM keeps',
    params,
    query: shownQuery,
    answers: { 200: one },
    versioned: true,
    handle: async ({ principal: { tenant }, params, query, request }) => {
      const group = await knownGroup(deps, tenant, params.group);
      const names = await (await usersIn(deps, tenant))(group.id);
      const resource = shown(groupResource(group, names, scimBase(deps, request)), query);
      return respondScim(200, resource, entityTag(group));
    },
  });

const replaceRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'put',
    paths: ['/scim/v2/Groups/{group}'],
    operationIds: ['scimReplaceGroup'],
    summary: 'Replace a group that SCIM keeps',
    params,
    body: resourceBody(example),
    answers: { 200: one },
    errors: ['conflict', 'precondition_failed'],
    versioned: true,
    handle: async ({ principal: { tenant }, params, body, ifVersion, request }) => {
      const group = await begin(deps, tenant, params.group, ifVersion);
      const given = asObject(body);
      checkSchemas(given, groupShape);
      return answer(deps, request, 200, await changeGroup(deps, group, readGroup(given)));
    },
  });

const patchRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'patch',
    paths: ['/scim/v2/Groups/{group}'],
    operationIds: ['scimPatchGroup'],
    summary: 'Change a group that SCIM keeps, or who is in it',
    params,
    body: patchBody({ schemas: [urns.patch], Operations: [rename] }),
    answers: { 200: one },
    errors: ['conflict', 'precondition_failed'],
    versioned: true,
    handle: async ({ principal: { tenant }, params, body, ifVersion, request }) => {
      const group = await begin(deps, tenant, params.group, ifVersion);
      const names = await (await usersIn(deps, tenant))(group.id);
      const patched = applyPatch(patchableGroup(group, names), operationsOf(body), groupShape);
      return answer(deps, request, 200, await changeGroup(deps, group, readGroup(patched)));
    },
  });

const removeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'delete',
    paths: ['/scim/v2/Groups/{group}'],
    operationIds: ['scimRemoveGroup'],
    summary: 'Remove a group that SCIM keeps',
    params,
    answers: { 204: { description: 'Removed; its users are there still.' } },
    errors: ['conflict', 'precondition_failed'],
    versioned: true,
    handle: async ({ principal: { tenant }, params, ifVersion }) => {
      const { id, version } = await begin(deps, tenant, params.group, ifVersion);
      const removed = await deps.identity.groups.delete(tenant, id, version);
      if (!removed) throw new GatewayError('not_found');
      return respondEmpty();
    },
  });

async function begin(
  deps: ApiDeps,
  tenant: TenantId,
  id: string,
  ifVersion: number | undefined,
): Promise<Group> {
  const group = await knownGroup(deps, tenant, id);
  checkIfMatch(group.version, ifVersion);
  return group;
}

async function answer(
  deps: ApiDeps,
  request: Request,
  status: number,
  group: Group,
): Promise<Response> {
  const base = scimBase(deps, request);
  const names = await (await usersIn(deps, group.tenant))(group.id);
  const headers = { ...entityTag(group), Location: `${base}/Groups/${group.id}` };
  return respondScim(status, groupResource(group, names, base), headers);
}
