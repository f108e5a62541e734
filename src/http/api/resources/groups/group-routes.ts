import { z } from '@hono/zod-openapi';
import type { Group } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { checkNoOwner, checkRoles } from '../../grants/check-grant.ts';
import { pathId } from '../../grants/identity-fields.ts';
import {
  groupChangeSchema,
  groupJson,
  groupMemberSchema,
  groupRequestSchema,
  groupSchema,
  groupsSchema,
  groupWithMembersSchema,
} from './group-json.ts';

const params = z.strictObject({ group: pathId });
const tag = 'Groups';
const one = { description: 'The group.', schema: groupSchema };

/** Groups of users, which have roles together. */
export function groupRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    listRoute(deps),
    createRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    addMemberRoute(deps),
    removeMemberRoute(deps),
  ];
}

const listRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/groups'],
    operationIds: ['listGroups'],
    tag,
    summary: 'List the groups',
    permission: 'users.read',
    answers: { 200: { description: 'All groups of the tenant.', schema: groupsSchema } },
    handle: async ({ principal }) => {
      const groups = await identity.groups.list(principal.tenant);
      return respondJson(200, { groups: groups.map(groupJson) });
    },
  });

const createRoute = ({ identity, ids, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/groups'],
    operationIds: ['createGroup'],
    tag,
    summary: 'Make a group',
    permission: 'users.manage',
    body: { schema: groupRequestSchema, example: { name: 'Support', roles: ['viewer'] } },
    answers: { 201: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, body }) => {
      const { tenant } = principal;
      checkNoOwner(body.roles);
      await checkRoles(identity, principal, body.roles);
      const made = { source: 'local', externalId: null, createdAtMs: now(), version: 1 } as const;
      const group: Group = { ...body, ...made, tenant, id: ids.next('grp') };
      await identity.groups.insert(tenant, group);
      return respondJson(201, groupJson(group), entityTag(group));
    },
  });

const getRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/groups/{group}'],
    operationIds: ['getGroup'],
    tag,
    summary: 'See one group and who is in it',
    permission: 'users.read',
    params,
    answers: { 200: { description: 'The group.', schema: groupWithMembersSchema } },
    versioned: true,
    handle: async ({ principal, params }) => {
      const group = await known(identity, principal.tenant, params.group);
      const userIds = await identity.groups.members(principal.tenant, group.id);
      return respondJson(200, { ...groupJson(group), userIds }, entityTag(group));
    },
  });

const changeRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/api/v1/groups/{group}'],
    operationIds: ['changeGroup'],
    tag,
    summary: 'Change a group',
    permission: 'users.manage',
    params,
    body: { schema: groupChangeSchema, example: { roles: ['developer'] } },
    answers: { 200: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params, body, ifVersion }) => {
      const { tenant } = principal;
      const before = await known(identity, tenant, params.group);
      checkNoOwner(body.roles ?? []);
      await checkRoles(identity, principal, body.roles ?? []);
      const update = { ...present(body), ifVersion: ifVersion ?? before.version };
      const group = await identity.groups.update(tenant, before.id, update);
      if (group === undefined) throw new GatewayError('not_found');
      return respondJson(200, groupJson(group), entityTag(group));
    },
  });

const removeRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/groups/{group}'],
    operationIds: ['removeGroup'],
    tag,
    summary: 'Remove a group',
    permission: 'users.manage',
    params,
    answers: { 204: { description: 'Removed; its users are there still.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params, ifVersion }) => {
      const removed = await identity.groups.delete(principal.tenant, params.group, ifVersion);
      if (!removed) throw new GatewayError('not_found');
      return respondEmpty();
    },
  });

const addMemberRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/groups/{group}/members'],
    operationIds: ['addGroupMember'],
    tag,
    summary: 'Put a user into a group',
    description: 'The user gets the roles of the group, which its giver must have as well.',
    permission: 'users.manage',
    params,
    body: { schema: groupMemberSchema, example: { userId: 'usr_0190' } },
    answers: { 204: { description: 'The user is in the group.' } },
    errors: ['conflict', 'not_found'],
    handle: async ({ principal, params, body }) => {
      const group = await known(identity, principal.tenant, params.group);
      await checkRoles(identity, principal, group.roles);
      await identity.groups.addMember(principal.tenant, group.id, body.userId);
      return respondEmpty();
    },
  });

const removeMemberRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/groups/{group}/members/{user}'],
    operationIds: ['removeGroupMember'],
    tag,
    summary: 'Take a user out of a group',
    permission: 'users.manage',
    params: z.strictObject({ group: pathId, user: pathId }),
    answers: { 204: { description: 'The user is not in the group.' } },
    handle: async ({ principal, params: { group, user } }) => {
      const removed = await identity.groups.removeMember(principal.tenant, group, user);
      if (!removed) throw new GatewayError('not_found');
      return respondEmpty();
    },
  });

async function known(
  { groups }: ApiDeps['identity'],
  tenant: TenantId,
  id: string,
): Promise<Group> {
  const group = await groups.get(tenant, id);
  if (group === undefined) throw new GatewayError('not_found');
  return group;
}
