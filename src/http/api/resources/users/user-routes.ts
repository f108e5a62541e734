import type { Account, Member, Membership } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { checkOwner, checkRoles } from '../../grants/check-grant.ts';
import { endGrants } from '../../grants/end-grants.ts';
import { newAccount } from '../../grants/new-account.ts';
import {
  userChangeSchema,
  userJson,
  userParams,
  userRequestSchema,
  userSchema,
  usersSchema,
} from './user-json.ts';

const tag = 'Users';
const one = { description: 'The user.', schema: userSchema };

/** The users of the tenant and their roles. */
export function userRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), createRoute(deps), getRoute(deps), changeRoute(deps), removeRoute(deps)];
}

const listRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/users'],
    operationIds: ['listUsers'],
    tag,
    summary: 'List the users',
    permission: 'users.read',
    answers: { 200: { description: 'All users of the tenant.', schema: usersSchema } },
    handle: async ({ principal }) => {
      const members = await identity.members.list(principal.tenant);
      return respondJson(200, { users: members.map(userJson) });
    },
  });

const createRoute = ({ identity, ids, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/users'],
    operationIds: ['createUser'],
    tag,
    summary: 'Add a user',
    description:
      'A new one by a login, or one of another tenant by its id. Nobody gives roles that hold ' +
      'what they do not have themselves, and owners alone make owners.',
    permission: 'users.manage',
    body: { schema: userRequestSchema, example: { login: 'ada', roles: ['developer'] } },
    answers: { 201: one },
    errors: ['conflict', 'not_found'],
    versioned: true,
    handle: async ({ principal, body: { userId, login, name, email, roles } }) => {
      const { tenant } = principal;
      if ((userId === undefined) === (login === undefined)) {
        const problem = 'is needed, or else userId';
        throw fieldProblem([{ field: 'login', problem, fix: 'Give one of the two.' }]);
      }
      await checkRoles(identity, principal, roles);
      const made = { id: ids.next('usr'), createdAtMs: now() };
      const account = login === undefined ? undefined : newAccount({ ...made, login, name, email });
      const membership: Membership = {
        tenant,
        userId: userId ?? made.id,
        roles,
        status: 'active',
        source: 'local',
        externalId: null,
        createdAtMs: now(),
        version: 1,
      };
      await identity.members.add(tenant, membership, account);
      const known: Account | undefined =
        account ?? (await identity.accounts.get(membership.userId));
      if (known === undefined) throw new GatewayError('not_found');
      return respondJson(201, userJson({ account: known, membership }), entityTag(membership));
    },
  });

const getRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/users/{user}'],
    operationIds: ['getUser'],
    tag,
    summary: 'See one user',
    permission: 'users.read',
    params: userParams,
    answers: { 200: one },
    versioned: true,
    handle: async ({ principal, params }) => {
      const member = await known(identity, principal.tenant, params.user);
      return respondJson(200, userJson(member), entityTag(member.membership));
    },
  });

const changeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/api/v1/users/{user}'],
    operationIds: ['changeUser'],
    tag,
    summary: 'Change the roles of a user, or whether it may act',
    description: 'Owners are changed by owners, and the last one who may act stays.',
    permission: 'users.manage',
    params: userParams,
    body: { schema: userChangeSchema, example: { roles: ['viewer'] } },
    answers: { 200: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params, body, ifVersion }) => {
      const { tenant } = principal;
      const { identity } = deps;
      const { account, membership: before } = await known(identity, tenant, params.user);
      checkOwner(principal, before.roles);
      // Who may act again gets its roles anew.
      const isRestored = body.status === 'active' && before.status !== 'active';
      const kept = isRestored ? [] : before.roles;
      const after = body.roles ?? before.roles;
      await checkRoles(
        identity,
        principal,
        after.filter((name) => !kept.includes(name)),
      );
      const update = { ...present(body), ifVersion: ifVersion ?? before.version };
      const membership = await identity.members.update(tenant, account.id, update);
      if (membership === undefined) throw new GatewayError('not_found');
      if (membership.status === 'deactivated') {
        await endGrants(deps, tenant, { kind: 'user', id: account.id });
      }
      return respondJson(200, userJson({ account, membership }), entityTag(membership));
    },
  });

const removeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/users/{user}'],
    operationIds: ['removeUser'],
    tag,
    summary: 'Take a user out of the tenant and end its keys here',
    permission: 'users.manage',
    params: userParams,
    answers: { 204: { description: 'Removed; in other tenants it is there still.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params, ifVersion }) => {
      const { tenant } = principal;
      const { identity, now } = deps;
      const { membership } = await known(identity, tenant, params.user);
      checkOwner(principal, membership.roles);
      const removal = { atMs: now(), ifVersion: ifVersion ?? membership.version };
      if (!(await identity.members.remove(tenant, params.user, removal))) {
        throw new GatewayError('not_found');
      }
      await endGrants(deps, tenant, { kind: 'user', id: params.user });
      return respondEmpty();
    },
  });

async function known(
  { members }: ApiDeps['identity'],
  tenant: TenantId,
  userId: string,
): Promise<Member> {
  const member = await members.get(tenant, userId);
  if (member === undefined) throw new GatewayError('not_found');
  return member;
}
