import { z } from '@hono/zod-openapi';
import type { Role } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import {
  builtInRoles,
  permissionNames,
  type BuiltInRole,
  type Permission,
} from '../../../../kernel/permissions.ts';
import {
  isBuiltInRole,
  rolePermissions,
  viewPermissions,
} from '../../../../policy/role-permissions.ts';
import { accessRule } from '../../framework/access-rule.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { checkGrant } from '../../grants/check-grant.ts';
import { description, roleName } from '../../grants/identity-fields.ts';

const permissions = z.array(z.enum(permissionNames)).min(1);
const access = z
  .array(accessRule)
  .max(limits.roleAccessRulesMax)
  .describe('What the permissions reach: one rule must allow; without rules, everything.');

const roleSchema = z
  .strictObject({
    name: z.string(),
    builtIn: z.boolean().describe('Whether every tenant has it; such a role is not changed.'),
    description: z.string(),
    permissions,
    access: z.array(accessRule),
    createdAtMs: z.int().nullable(),
    version: z.int().nullable(),
  })
  .openapi('Role');
const rolesSchema = z.strictObject({ roles: z.array(roleSchema) }).openapi('Roles');
const requestSchema = z
  .strictObject({
    name: roleName,
    description: description.default(''),
    permissions,
    access: access.default([]),
  })
  .openapi('RoleRequest');
const changeSchema = z
  .strictObject({
    description: description.optional(),
    permissions: permissions.optional(),
    access: access.optional(),
  })
  .openapi('RoleChange');

const params = z.strictObject({ role: roleName });
const tag = 'Roles';
const one = { description: 'The role.', schema: roleSchema };
const example = { name: 'support', permissions: ['mcp.use'], access: [{ services: ['orders'] }] };

const purposes: Readonly<Record<BuiltInRole, string>> = {
  owner: 'May do everything, and says who else is an owner.',
  admin: 'May do everything but what concerns other tenants and owners.',
  developer: 'Uses services and registers new ones.',
  billing: 'Sees the tenant and its usage.',
  viewer: 'Uses what there is and changes nothing.',
};

/** Roles: those that every tenant has, and those of its own. */
export function roleRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), createRoute(deps), getRoute(deps), changeRoute(deps), removeRoute(deps)];
}

const listRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/roles'],
    operationIds: ['listRoles'],
    tag,
    summary: 'List the roles',
    permission: 'users.read',
    answers: { 200: { description: 'Those of every tenant first.', schema: rolesSchema } },
    handle: async ({ principal }) => {
      const own = await identity.roles.list(principal.tenant);
      return respondJson(200, { roles: [...builtInRoles.map(builtIn), ...own.map(roleJson)] });
    },
  });

const createRoute = ({ identity, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/roles'],
    operationIds: ['createRole'],
    tag,
    summary: 'Make a role',
    description: 'Nobody makes a role that holds what they do not have themselves.',
    permission: 'roles.manage',
    body: { schema: requestSchema, example },
    answers: { 201: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, body }) => {
      if (isBuiltInRole(body.name)) throw new GatewayError('conflict', 'Every tenant has it.');
      const given = { permissions: body.permissions, access: body.access.map(present) };
      checkReach(given);
      checkGrant(principal, given);
      const { tenant } = principal;
      const role: Role = { ...body, ...given, tenant, createdAtMs: now(), version: 1 };
      await identity.roles.insert(tenant, role);
      return respondJson(201, roleJson(role), entityTag(role));
    },
  });

const getRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/roles/{role}'],
    operationIds: ['getRole'],
    tag,
    summary: 'See one role',
    permission: 'users.read',
    params,
    answers: { 200: one },
    versioned: true,
    handle: async ({ principal, params: { role: name } }) => {
      if (isBuiltInRole(name)) return respondJson(200, builtIn(name));
      const role = await identity.roles.get(principal.tenant, name);
      if (role === undefined) throw new GatewayError('not_found');
      return respondJson(200, roleJson(role), entityTag(role));
    },
  });

const changeRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/api/v1/roles/{role}'],
    operationIds: ['changeRole'],
    tag,
    summary: 'Change a role',
    permission: 'roles.manage',
    params,
    body: { schema: changeSchema, example: { permissions: ['mcp.use'] } },
    answers: { 200: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { role: name }, body, ifVersion }) => {
      if (isBuiltInRole(name)) throw new GatewayError('conflict', 'This role is not changed.');
      const before = await identity.roles.get(principal.tenant, name);
      if (before === undefined) throw new GatewayError('not_found');
      const { access: rules = before.access, ...rest } = body;
      const change = { ...present(rest), access: rules.map(present) };
      const given = { ...before, ...change };
      checkReach(given);
      checkGrant(principal, given);
      // What was checked is what is written: a change in between is refused.
      const update = { ...change, ifVersion: ifVersion ?? before.version };
      const role = await identity.roles.update(principal.tenant, name, update);
      if (role === undefined) throw new GatewayError('not_found');
      return respondJson(200, roleJson(role), entityTag(role));
    },
  });

const removeRoute = ({ identity }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/roles/{role}'],
    operationIds: ['removeRole'],
    tag,
    summary: 'Remove a role that nobody has',
    permission: 'roles.manage',
    params,
    answers: { 204: { description: 'Removed.' } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { role: name }, ifVersion }) => {
      if (isBuiltInRole(name)) throw new GatewayError('conflict', 'This role is not removed.');
      if (!(await identity.roles.delete(principal.tenant, name, ifVersion))) {
        throw new GatewayError('not_found');
      }
      return respondEmpty();
    },
  });

/** A role with access rules holds what rules can be applied to. */
function checkReach(role: Pick<Role, 'permissions' | 'access'>): void {
  if (role.access.length === 0) return;
  const whole = role.permissions.filter((one) => !viewPermissions.has(one));
  if (whole.length === 0) return;
  const problem = `holds what is about the whole tenant: ${whole.join(', ')}`;
  const fix = 'Leave them out, or make a role without access rules for them.';
  throw fieldProblem([{ field: 'permissions', problem, fix }]);
}

function roleJson({ tenant: _tenant, ...role }: Role): z.output<typeof roleSchema> {
  return {
    ...role,
    builtIn: false,
    permissions: [...role.permissions],
    access: role.access.map((rule) => ({ ...rule }) as z.output<typeof accessRule>),
  };
}

function builtIn(name: BuiltInRole): z.output<typeof roleSchema> {
  const held: readonly Permission[] = rolePermissions[name];
  const none = { access: [], createdAtMs: null, version: null };
  return { name, builtIn: true, description: purposes[name], permissions: [...held], ...none };
}
