import { z } from '@hono/zod-openapi';
import type { Member } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { Principal, TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { respondEmpty } from '../../framework/respond.ts';
import { endAccess } from '../../grants/end-access.ts';
import { pathId } from '../../grants/identity-fields.ts';
import { newAccount } from '../../grants/new-account.ts';
import { applyPatch } from './apply-patch.ts';
import { changeUser } from './change-user.ts';
import { asObject, checkSchemas, operationsOf, patchBody, resourceBody } from './scim-body.ts';
import { compileFilter, parseFilter, soleUserName } from './scim-filter.ts';
import {
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
import { scimBase } from './scim-base.ts';
import { patchableUser, readUser, userFilters, userResource, userShape } from './scim-user.ts';

const common = {
  tag: 'SCIM',
  permission: 'scim.manage',
  errorForm: scimErrorForm,
} as const;
const params = z.strictObject({ user: pathId });
const one = { description: 'The user.', schema: scimResource, mediaType: SCIM_TYPE };
const example = { schemas: [urns.user], userName: 'ada@example.com', active: true };
const deactivate = { op: 'replace', path: 'active', value: false };

/** The users that an identity provider keeps (RFC 7644); those of others are not there for it. */
export function scimUserRoutes(deps: ApiDeps): ApiRoute[] {
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
    paths: ['/scim/v2/Users'],
    operationIds: ['scimListUsers'],
    summary: 'List the users that SCIM keeps',
    query: listQuery,
    answers: { 200: { description: 'A page.', schema: scimListSchema, mediaType: SCIM_TYPE } },
    handle: async ({ principal, query, request }) => {
      const members = await find(deps, principal.tenant, query.filter);
      const page = pageOf(members, query);
      const base = scimBase(deps, request);
      const resources = page.items.map((member) => shown(userResource(member, base), query));
      return respondScim(200, scimList(resources, page));
    },
  });

const createRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'post',
    paths: ['/scim/v2/Users'],
    operationIds: ['scimCreateUser'],
    summary: 'Make a user',
    description: 'Login and email must be free: an account that exists is never taken over.',
    body: resourceBody(example),
    answers: { 201: one },
    errors: ['conflict', 'not_found'],
    versioned: true,
    handle: async ({ principal, body, request }) => {
      const { tenant } = principal;
      const given = asObject(body);
      checkSchemas(given, userShape);
      const { login, name, email, isActive, externalId } = readUser(given, true);
      const made = { id: deps.ids.next('usr'), createdAtMs: deps.now() };
      const account = newAccount({ ...made, login, name, email: email ?? undefined });
      const membership = {
        tenant,
        userId: made.id,
        roles: [],
        status: isActive ? ('active' as const) : ('deactivated' as const),
        source: 'scim' as const,
        externalId,
        createdAtMs: made.createdAtMs,
        version: 1,
      };
      await deps.identity.members.add(tenant, membership, account);
      return answer(deps, request, 201, { account, membership });
    },
  });

const getRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'get',
    paths: ['/scim/v2/Users/{user}'],
    operationIds: ['scimGetUser'],
    summary: 'See a user that SCIM keeps',
    params,
    query: shownQuery,
    answers: { 200: one },
    versioned: true,
    handle: async ({ principal, params: { user }, query, request }) => {
      const member = await known(deps, principal.tenant, user);
      const resource = shown(userResource(member, scimBase(deps, request)), query);
      return respondScim(200, resource, entityTag(member.membership));
    },
  });

const replaceRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'put',
    paths: ['/scim/v2/Users/{user}'],
    operationIds: ['scimReplaceUser'],
    summary: 'Replace a user that SCIM keeps',
    params,
    body: resourceBody(example),
    answers: { 200: one },
    errors: ['conflict', 'precondition_failed'],
    versioned: true,
    handle: async ({ principal, params: { user }, body, ifVersion, request }) => {
      const member = await begin(deps, principal, user, ifVersion);
      const given = asObject(body);
      checkSchemas(given, userShape);
      const after = await changeUser(deps, principal, member, readUser(given, isActive(member)));
      return answer(deps, request, 200, after);
    },
  });

const patchRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'patch',
    paths: ['/scim/v2/Users/{user}'],
    operationIds: ['scimPatchUser'],
    summary: 'Change a user that SCIM keeps',
    description: 'Deactivating ends what the user has open, on every instance.',
    params,
    body: patchBody({ schemas: [urns.patch], Operations: [deactivate] }),
    answers: { 200: one },
    errors: ['conflict', 'precondition_failed'],
    versioned: true,
    handle: async ({ principal, params: { user }, body, ifVersion, request }) => {
      const member = await begin(deps, principal, user, ifVersion);
      const patched = applyPatch(patchableUser(member), operationsOf(body), userShape);
      const wanted = readUser(patched, isActive(member), member.account.name);
      const after = await changeUser(deps, principal, member, wanted);
      return answer(deps, request, 200, after);
    },
  });

const removeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...common,
    method: 'delete',
    paths: ['/scim/v2/Users/{user}'],
    operationIds: ['scimRemoveUser'],
    summary: 'Take a user that SCIM keeps out of the tenant',
    params,
    answers: { 204: { description: 'Removed; its login and email are free again.' } },
    errors: ['conflict', 'precondition_failed'],
    versioned: true,
    handle: async ({ principal, params: { user }, ifVersion }) => {
      const { membership } = await begin(deps, principal, user, ifVersion);
      const removal = { atMs: deps.now(), ifVersion: membership.version, releases: true };
      if (!(await deps.identity.members.remove(principal.tenant, user, removal))) {
        throw new GatewayError('not_found');
      }
      await endAccess(deps, principal.tenant, user);
      return respondEmpty();
    },
  });

const isActive = ({ membership }: Member): boolean => membership.status === 'active';

async function find(
  deps: ApiDeps,
  tenant: TenantId,
  filter: string | undefined,
): Promise<readonly Member[]> {
  const { members, accounts } = deps.identity;
  const parsed = filter === undefined ? undefined : parseFilter(filter);
  const login = parsed === undefined ? undefined : soleUserName(parsed);
  if (login !== undefined) {
    const account = await accounts.findByLogin(login);
    const member = account === undefined ? undefined : await members.get(tenant, account.id);
    return member?.membership.source === 'scim' && member.account.login === login ? [member] : [];
  }
  const test = parsed === undefined ? () => true : compileFilter(parsed, userFilters);
  const all = await members.list(tenant);
  return all.filter((member) => member.membership.source === 'scim' && test(member));
}

/** A user that SCIM keeps in the tenant; any other is not there. */
async function known({ identity }: ApiDeps, tenant: TenantId, userId: string): Promise<Member> {
  const member = await identity.members.get(tenant, userId);
  if (member?.membership.source !== 'scim') throw new GatewayError('not_found');
  return member;
}

async function begin(
  deps: ApiDeps,
  { tenant }: Principal,
  userId: string,
  ifVersion: number | undefined,
): Promise<Member> {
  const member = await known(deps, tenant, userId);
  checkIfMatch(member.membership.version, ifVersion);
  return member;
}

function answer(deps: ApiDeps, request: Request, status: number, member: Member): Response {
  const base = scimBase(deps, request);
  const headers = {
    ...entityTag(member.membership),
    Location: `${base}/Users/${member.account.id}`,
  };
  return respondScim(status, userResource(member, base), headers);
}
