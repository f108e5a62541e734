import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callers, type Caller } from '../../test/support/api-callers.ts';
import { ControlPlane } from '../../test/support/control-plane.ts';
import { testPrincipal } from '../../test/support/test-principal.ts';
import { buildTenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { Permitted, UpstreamTarget } from '../gateway/exchange.ts';
import type { Api } from '../http/api/create-api.ts';
import type { ApiRoute } from '../http/api/framework/define-route.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Principal } from '../kernel/principal.ts';
import { createVisibility } from '../policy/create-visibility.ts';
import { AdminService } from './admin-service.ts';
import { SECRET_META } from './compile-tools.ts';
import { offeredRoutes } from './offered-routes.ts';

const { snapshot: nothing } = buildTenantSnapshot([], [], 1);
const everybody = Object.entries(callers) as readonly [Caller, Principal][];

const DOWNLOADS: ReadonlySet<string> = new Set([
  'exportAuditEvents',
  'exportPerson',
  'exportUsageAnalysis',
  'exportCostAnalysis',
  ...['Page', 'Pdf', 'Csv', 'JsonLines'].flatMap((form) => {
    return [`getInvoiceAs${form}`, `getAccountInvoiceAs${form}`];
  }),
]);

interface Answered {
  readonly result: JsonObject;
  readonly text: string;
  readonly isError: boolean;
}

/** The service over a control plane that is kept in memory. */
async function open(plane = new ControlPlane()) {
  const service = new AdminService({
    slug: 'gateway',
    api: () => Promise.resolve(plane.api),
    baseUrl: () => 'http://127.0.0.1/below',
    log: plane.deps.log,
  });
  await service.waitFor({ kind: 'all' });
  const view = (caller: Principal) =>
    service.addTo({ ...nothing, visibility: createVisibility(caller.permissions.layers) }, caller);
  const see = (caller: Principal) => [...view(caller).tools.keys()].toSorted();
  const call = async (as: Caller, name: string, args: unknown = {}): Promise<Answered> => {
    const { live } = view(callers[as]).tools.get(`gateway__${name}`) ?? assert.fail(name);
    const request = { method: 'tools/call' };
    const permitted = { request, principal: callers[as] } as unknown as Permitted;
    const target = { kind: 'upstream', live, name, params: { name, arguments: args } };
    const outcome = await service.answer(permitted, target as unknown as UpstreamTarget);
    assert.ok(outcome.resultType === 'complete');
    const result = outcome.result.value;
    const blocks = result['content'] as readonly { readonly text: string }[];
    const text = blocks.map((block) => block.text).join('\n');
    return { result, text, isError: result['isError'] === true };
  };
  return { plane, service, see, view, call };
}

/** Example arguments of an operation: enough to get to its handler. */
function argumentsOf(route: ApiRoute): JsonObject {
  const params = [...route.paths[0].matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, 'nothing']);
  const body = route.body === undefined ? {} : { body: route.body.example ?? {} };
  return { ...Object.fromEntries(params), ...body } as JsonObject;
}

describe('the gateway as a service', () => {
  test('has a tool for every operation that is not a page, a download or a sign-in', async () => {
    const { plane, see } = await open();
    const offered = offeredRoutes(plane.api.routes).map(({ route }) => route.operationIds[0]);
    const names = see(callers.ownerA).map((name) => name.slice('gateway__'.length));
    assert.deepEqual(names, offered.toSorted(), 'a tool is missing or too many');
    assert.ok(names.length >= 55, `only ${names.length} tools`);
    const left = plane.api.routes.filter(({ operationIds }) => !offered.includes(operationIds[0]));
    for (const { permission, errorForm, tag, operationIds } of left) {
      const isForBrowsers = permission === 'public' || permission === 'self';
      const isKnown = isForBrowsers || errorForm !== undefined || tag === 'Passwords';
      assert.ok(isKnown || DOWNLOADS.has(operationIds[0]), operationIds[0]);
    }
  });

  test('shows every caller the tools that the API would let it use, and no others', async () => {
    const { plane, see } = await open();
    let cells = 0;
    for (const [as, principal] of everybody) {
      const seen = new Set(see(principal));
      for (const { route } of offeredRoutes(plane.api.routes)) {
        const { method, paths, permission, operationIds } = route;
        const path = paths[0].replaceAll(/\{\w+\}/g, 'nothing');
        const body = route.body === undefined ? {} : { body: '{' };
        const came = await plane.send(method.toUpperCase(), path, { as, ...body });
        const refusal = `This needs the permission ${permission}.`;
        const isRefused = (came.json as { detail?: string } | undefined)?.detail === refusal;
        const isSeen = seen.has(`gateway__${operationIds[0]}`);
        assert.equal(isSeen, !isRefused, `${as} ${operationIds[0]}: ${came.text}`);
        cells += 1;
      }
    }
    assert.ok(cells >= 500, `only ${cells} cells`);
  });

  test('answers and puts on record what the API does, tool for tool', async () => {
    let compared = 0;
    const over = new ControlPlane();
    const { call, plane } = await open();
    for (const { route } of offeredRoutes(plane.api.routes)) {
      over.acts.length = 0;
      plane.acts.length = 0;
      const [operation] = route.operationIds;
      const path = route.paths[0].replaceAll(/\{\w+\}/g, 'nothing');
      const body = route.body === undefined ? {} : { body: route.body.example ?? {} };
      const came = await over.send(route.method.toUpperCase(), path, { as: 'ownerA', ...body });
      const { text, isError } = await call('ownerA', operation, argumentsOf(route));
      assert.equal(isError, came.status >= 300, `${operation}: ${came.text} ${text}`);
      const shape = ({ acts }: ControlPlane) =>
        acts.map(({ action, outcome, target, subject, rule, detail }) => {
          return { action, outcome, isNamed: target !== null, subject, rule, detail };
        });
      assert.deepEqual(shape(plane), shape(over), operation);
      if (came.status >= 300) assert.match(text, new RegExp(`HTTP ${came.status}`));
      compared += 1;
    }
    assert.ok(compared >= 55, `only ${compared} compared`);
  });

  test('tells what a tool does to things, and where a secret is', async () => {
    const { view, call } = await open();
    const { tools } = view(callers.ownerA);
    const annotations = (name: string) => tools.get(`gateway__${name}`)?.definition['annotations'];
    assert.deepEqual(annotations('listKeys'), { readOnlyHint: true, destructiveHint: false });
    assert.deepEqual(annotations('createKey'), { readOnlyHint: false, destructiveHint: false });
    assert.deepEqual(annotations('revokeKey'), {
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
    });
    assert.deepEqual(annotations('changeService'), { readOnlyHint: false, destructiveHint: true });
    const marked = [...tools].filter(([, { definition }]) => '_meta' in definition);
    const names = marked.map(([name]) => name.slice('gateway__'.length)).toSorted();
    assert.deepEqual(names, ['createKey', 'createOAuthClient', 'invite', 'rotateKey']);
    const made = await call('ownerA', 'createKey', { body: { name: 'of an agent' } });
    assert.match(made.text, /mgw_live_\w+/);
    assert.match(made.text, /never shown again/);
    assert.deepEqual(made.result['_meta'], { [SECRET_META]: true });
  });

  test('says the version of what it read, and changes only that version', async () => {
    const { call, plane } = await open();
    plane.registry.add(callers.ownerA, { kind: 'openapi', slug: 'pets', config: {} });
    const read = await call('ownerA', 'getService', { service: 'svc_1' });
    assert.match(read.text, /ETag, for If-Match of a change: "1"/);
    const change = { service: 'svc_1', body: { title: 'Pets' } };
    const done = await call('ownerA', 'changeService', { ...change, 'If-Match': '"1"' });
    assert.equal(done.isError, false, done.text);
    const late = await call('ownerA', 'changeService', { ...change, 'If-Match': '"1"' });
    assert.match(late.text, /HTTP 409/);
    const odd = await call('ownerA', 'changeService', { ...change, 'If-Match': 'W/"1"' });
    assert.match(odd.text, /If-Match/);
  });

  test('is not fooled by its arguments', async () => {
    const { call, plane } = await open();
    const attempts: readonly (readonly [string, JsonObject])[] = [
      ['getService', { service: '../keys' }],
      ['getService', { service: '..' }],
      ['getService', { service: 'a\u0000b' }],
      ['getService', { service: '' }],
      ['getService', {}],
      ['getService', { service: 'x', 'X-Api-Key': 'another' }],
      ['getService', { service: 'x', authorization: 'Bearer other' }],
      ['getService', { service: { id: 'x' } }],
      ['listKeys', { tenant: 'ten_b' }],
      ['createKey', { body: '{"name":5}' }],
      ['createKey', { body: { name: 'x', tenant: 'ten_b' } }],
      ['createKey', { body: { name: 'x', ['__proto__']: { a: 1 } } }],
      ['changeUser', { user: 'usr_b_admin', body: { roles: ['owner'] } }],
      ['revokeKey', { key: 'key_b_admin' }],
      ['getTenant', { tenant: 'ten_a', 'Mcp-Gateway-Tenant': 'ten_b' }],
      ['changeService', { service: 'x', 'If-Match': '"1"\r\nX-Api-Key: y', body: {} }],
    ];
    for (const [name, args] of attempts) {
      const { isError, text } = await call('ownerA', name, args);
      assert.ok(isError, `${name} ${JSON.stringify(args)}: ${text}`);
      assert.doesNotMatch(text, /usr_b|HTTP 500/);
    }
    const { revokedAtMs } = (await plane.identity.apiKeys.get(
      callers.ownerB.tenant,
      'key_b_admin',
    )) ?? {
      revokedAtMs: 0,
    };
    assert.equal(revokedAtMs, null);
    for (const args of [[], 'text', 5]) {
      await assert.rejects(call('ownerA', 'listKeys', args), { rpcCode: -32602 });
    }
    const deep = `${'['.repeat(limits.jsonDepthMax)}${']'.repeat(limits.jsonDepthMax)}`;
    const nested = await call('ownerA', 'createKey', { body: { name: JSON.parse(deep) as never } });
    assert.match(nested.text, /deeper/);
    const long = { name: 'x', description: 'y'.repeat(limits.requestBodyBytesMax) };
    assert.match((await call('ownerA', 'createKey', { body: long })).text, /HTTP 413/);
  });

  test('is not there for a key whose access does not name it', async () => {
    const { see } = await open();
    const having = (access: Parameters<typeof testPrincipal>[0]) => see(testPrincipal(access));
    assert.deepEqual(having({ access: { services: ['orders'] } }), []);
    assert.deepEqual(having({ access: { services: ['*'] } }), []);
    assert.deepEqual(having({ access: { services: ['gate*'] } }), []);
    assert.deepEqual(having({ access: { tools: ['*__list*'] } }), []);
    assert.deepEqual(having({ access: { resources: ['*'] } }), []);
    assert.deepEqual(
      having({ access: { services: ['gateway'] }, layers: [[{ services: ['orders'] }]] }),
      [],
    );
    const named = having({ access: { services: ['gateway'] } });
    assert.ok(named.includes('gateway__listKeys'));
    // What is about the whole tenant is not for a key that reaches a part of it.
    assert.ok(!named.includes('gateway__listUsers'));
    assert.deepEqual(having({ access: { tools: ['gateway__listKeys', 'orders__*'] } }), [
      'gateway__listKeys',
    ]);
  });

  test('is compiled once, for the first request that reaches it; yields to a name', async () => {
    const plane = new ControlPlane();
    let loads = 0;
    const service = new AdminService({
      slug: 'gateway',
      api: () => {
        loads += 1;
        return Promise.resolve(plane.api);
      },
      baseUrl: () => 'http://127.0.0.1',
      log: plane.deps.log,
    });
    assert.equal(service.addTo(nothing, callers.ownerA), nothing);
    assert.equal(service.waitFor({ kind: 'service', slug: 'orders' }), undefined);
    assert.equal(service.waitFor({ kind: 'some', slugs: ['orders'] }), undefined);
    assert.equal(service.waitFor({ kind: 'bundle', slug: 'gateway' }), undefined);
    assert.equal(loads, 0);
    await Promise.all([
      service.waitFor({ kind: 'all' }),
      service.waitFor({ kind: 'service', slug: 'gateway' }),
    ]);
    assert.equal(loads, 1);
    assert.equal(service.waitFor({ kind: 'all' }), undefined);
    const view = service.addTo(nothing, callers.ownerA);
    assert.equal(service.addTo(nothing, callers.ownerA), view);
    assert.notEqual(service.addTo(nothing, callers.viewerA), view);
    const { bySlug } = view;
    assert.equal(service.addTo({ ...nothing, bySlug }, callers.viewerA).tools.size, 0);
    await service[Symbol.asyncDispose]();
  });

  test('costs no more than its tools when it cannot be made', async () => {
    const plane = new ControlPlane();
    const service = new AdminService({
      slug: 'gateway',
      api: () => Promise.reject<Api>(new Error('broken')),
      baseUrl: () => 'http://127.0.0.1',
      log: plane.deps.log,
    });
    await service.waitFor({ kind: 'all' });
    assert.equal(service.addTo(nothing, callers.ownerA), nothing);
    assert.equal(plane.logged.at(-1)?.['error'], 'broken');
  });
});
