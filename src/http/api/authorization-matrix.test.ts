import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addCallersKey, callers, type Caller } from '../../../test/support/api-callers.ts';
import { ControlPlane, problemOf } from '../../../test/support/control-plane.ts';
import { permissionNames, type Permission } from '../../kernel/permissions.ts';
import { tenantId } from '../../kernel/principal.ts';
import type { ApiRoute } from './framework/define-route.ts';

/** What an owner keeps for itself. */
const operators: readonly Permission[] = [
  'tenants.manage',
  'plans.manage',
  'credit.manage',
  'invoices.manage',
];
const ownersOwn: readonly Permission[] = [
  ...operators,
  'privacy.manage',
  'chats.inspect',
  'tool-search.manage',
];

/** What each caller holds, written down apart from the code that gives it. */
const held: Readonly<Record<Caller, readonly Permission[]>> = {
  ownerA: permissionNames,
  adminA: permissionNames.filter((one) => !ownersOwn.includes(one)),
  memberA: [
    'mcp.use',
    'services.read',
    'services.register',
    'services.refresh',
    'bundles.read',
    'sessions.use',
    'usage.read',
    'keys.own',
    'users.read',
    'policy.read',
    'connections.own',
    'models.read',
    'chat.use',
  ],
  billingA: ['tenant.read', 'usage.read', 'billing.read'],
  viewerA: [
    'mcp.use',
    'sessions.use',
    'services.read',
    'bundles.read',
    'keys.own',
    'connections.own',
    'models.read',
    'chat.use',
  ],
  serviceA: [
    'mcp.use',
    'services.read',
    'services.register',
    'services.refresh',
    'bundles.read',
    'sessions.use',
    'usage.read',
    'keys.own',
    'users.read',
    'policy.read',
    'connections.own',
    'models.read',
    'chat.use',
  ],
  scopedA: ['mcp.use', 'keys.own', 'tenant.read'],
  ownerB: permissionNames.filter((one) => !operators.includes(one)),
  adminB: permissionNames.filter((one) => !ownersOwn.includes(one)),
};

const everybody = Object.keys(held) as readonly Caller[];

/** Things of tenant B, by the parameter that names them; and what nobody has. */
const theirs: Readonly<Record<string, string>> = {
  '{service}': 'svc_1',
  '{key}': 'key_b_admin',
  '{user}': 'usr_b_admin',
  '{role}': 'their-role',
  '{group}': 'grp_b',
  '{serviceAccount}': 'sva_b',
  '{connection}': 'sso_b',
  '{budget}': 'bud_b',
};
const nobodys: Readonly<Record<string, string>> = { '{role}': 'no-role' };

/** A plane with one of everything in tenant B. */
async function filledPlane(): Promise<ControlPlane> {
  const plane = new ControlPlane();
  const tenant = tenantId('ten_b');
  const made = { tenant, createdAtMs: 1, version: 1 };
  const { roles, groups, serviceAccounts } = plane.identity;
  const role = { ...made, name: 'their-role', description: '', access: [] };
  await roles.insert(tenant, { ...role, permissions: ['mcp.use'] });
  const group = { ...made, id: 'grp_b', name: 'theirs', roles: [], externalId: null };
  await groups.insert(tenant, { ...group, source: 'local' });
  await groups.addMember(tenant, 'grp_b', 'usr_b_admin');
  const robot = { ...made, id: 'sva_b', name: 'robot', description: '', roles: [] };
  await serviceAccounts.insert(tenant, { ...robot, status: 'active' });
  await plane.identity.ssoConnections.insert(tenant, {
    ...made,
    id: 'sso_b',
    name: 'theirs',
    issuer: 'https://login.example',
    clientId: 'gateway',
    secretSealed: '',
    domains: [],
    domainsVerified: false,
    verifiedDomains: [],
    groupsClaim: null,
    roles: {},
    jit: false,
    defaultRoles: [],
    requiredClaims: {},
    enabled: true,
  });
  await plane.identity.budgets.insert(tenant, {
    id: 'bud_b',
    name: 'theirs',
    unit: 'calls',
    limit: 1n,
    scope: {},
    currency: null,
    window: 'none',
    timeZone: 'UTC',
    alertPercents: [],
    createdAtMs: 1,
    updatedAtMs: 1,
    version: 1,
  });
  plane.registry.add(callers.adminB, { kind: 'openapi', config: {} });
  addCallersKey(plane.identity, callers.adminB, { id: 'key_b_other' });
  return plane;
}

const bodyOf = ({ body }: ApiRoute): object => (body === undefined ? {} : { body: body.example });

function fill(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{\w+\}/g, (name) => values[name] ?? 'nothing-here');
}

/** Every caller comes by a key, which is no login of a person. */
function isOpenTo(as: Caller, permission: ApiRoute['permission']): boolean {
  if (permission === 'admitted' || permission === 'public') return true;
  return permission !== 'self' && held[as].includes(permission);
}

describe('who may do what', () => {
  test('is what the table says, for every route and every caller', async () => {
    const plane = await filledPlane();
    let seen = 0;
    for (const route of plane.api.routes) {
      const { permission } = route;
      if (permission === 'public') continue;
      const known: readonly string[] = ['admitted', 'self', ...permissionNames];
      assert.ok(known.includes(permission), `${route.operationIds[0]} declares ${permission}`);
      const method = route.method.toUpperCase();
      const path = fill(route.paths[0], {});
      const anonymous = await plane.send(method, path, bodyOf(route));
      problemOf(anonymous, 'unauthenticated');
      for (const as of everybody) {
        const isOpen: boolean = isOpenTo(as, permission);
        const { json, text } = await plane.send(method, path, { as, ...bodyOf(route) });
        const refusal: string =
          permission === 'self'
            ? 'This needs a login of your own, not a key.'
            : `This needs the permission ${permission}.`;
        const isRefused: boolean = (json as { detail?: string } | undefined)?.detail === refusal;
        assert.equal(isRefused, !isOpen, `${as} ${method} ${path}: ${text}`);
        seen += 1;
      }
    }
    assert.ok(seen >= 350, `only ${seen} cells seen`);
  });

  test('is the same for the things of another tenant as for what nobody has', async () => {
    const plane = await filledPlane();
    let compared = 0;
    for (const route of plane.api.routes) {
      const [path] = route.paths;
      const named = Object.keys(theirs).some((name) => path.includes(name));
      if (!named || route.permission === 'public') continue;
      const method = route.method.toUpperCase();
      for (const as of everybody.filter((one) => one.endsWith('A'))) {
        const sent = { as, ...bodyOf(route) };
        const other = await plane.send(method, fill(path, theirs), sent);
        const unknown = await plane.send(method, fill(path, nobodys), sent);
        assert.equal(other.text, unknown.text, `${as} ${method} ${path}`);
        const isOpen = isOpenTo(as, route.permission);
        problemOf(other, isOpen ? 'not_found' : 'forbidden');
        compared += 1;
      }
    }
    assert.ok(compared >= 120, `only ${compared} answers compared`);
    const tenant = tenantId('ten_b');
    assert.equal(plane.registry.views.length, 1);
    assert.equal((await plane.identity.members.list(tenant)).length, 2);
    assert.deepEqual(await plane.identity.groups.members(tenant, 'grp_b'), ['usr_b_admin']);
    assert.equal((await plane.identity.roles.list(tenant)).length, 1);
    assert.equal((await plane.identity.serviceAccounts.list(tenant)).length, 1);
    const keys = await plane.identity.apiKeys.list(tenant);
    assert.ok(keys.length === 3 && keys.every(({ revokedAtMs }) => revokedAtMs === null));
  });

  test('another tenant is seen and suspended by the operator alone', async () => {
    const plane = await filledPlane();
    const path = '/api/v1/tenants/ten_a';
    for (const as of ['ownerB', 'adminB', 'adminA'] as const) {
      problemOf(await plane.send('GET', path, { as }), 'forbidden');
      const body = { status: 'suspended' };
      problemOf(await plane.send('PATCH', path, { as, body }), 'forbidden');
    }
    assert.equal((await plane.send('GET', '/api/v1/tenants/ten_b', { as: 'ownerA' })).status, 200);
  });
});
