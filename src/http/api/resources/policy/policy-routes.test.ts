import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane, problemOf, type Caller } from '../../../../../test/support/control-plane.ts';
import { memoryPolicy } from '../../../../../test/support/memory-policy.ts';
import { testPrincipal } from '../../../../../test/support/test-principal.ts';
import type { ServiceRuntime } from '../../../../catalog/service-runtime.ts';
import { buildTenantSnapshot } from '../../../../catalog/tenant-snapshot.ts';
import type { JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';

const RULES = '/api/v1/policy/rules';
const SETTINGS = '/api/v1/policy/settings';

const tools = [
  { name: 'get', annotations: { readOnlyHint: true } },
  { name: 'refund', annotations: { destructiveHint: true } },
];
const listing = {
  tools,
  prompts: [{ name: 'explain' }],
  resources: [{ uri: 'orders://1' }],
  templates: [{ uriTemplate: 'orders://{id}' }],
};
const live = {
  service: { id: 'svc_1', slug: 'orders' },
  listing,
  health: { state: 'ready' },
} as unknown as ServiceRuntime;
const { snapshot } = buildTenantSnapshot([live], [], 1);

const agent = testPrincipal({
  user: 'usr_agent',
  grant: 'key_agent',
  role: 'developer',
  layers: [[{ tools: ['orders__*'] }]],
});

function start() {
  const policy = memoryPolicy({ now: () => 7, callers: [agent], snapshot });
  const plane = new ControlPlane({ policy });
  const send = async (method: string, path: string, body?: unknown, as: Caller = 'adminA') => {
    const came = await plane.send(method, path, { as, ...(body === undefined ? {} : { body }) });
    return { ...came, body: (came.json ?? {}) as JsonObject };
  };
  const make = (more: object = {}) =>
    send('POST', RULES, { name: 'A rule', effect: 'deny', ...more });
  return { plane, send, make };
}

describe('rules over the API', () => {
  test('are made, seen, changed, and removed by their tenant alone', async () => {
    const { send, make, plane } = start();
    const made = await make({ tools: ['orders__refund'], subjects: { roles: ['viewer'] } });
    assert.equal(made.status, 201);
    assert.equal(made.headers.get('etag'), '"1"');
    const path = made.headers.get('location') ?? '';
    assert.deepEqual((await send('GET', path)).body, made.body);
    assert.equal(made.body['enabled'], true);
    const { rules } = (await send('GET', RULES)).body;
    assert.deepEqual(rules, [made.body]);
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { enabled: false }],
      ['DELETE', undefined],
    ] as const) {
      problemOf(await send(method, path, body, 'adminB'), 'not_found');
    }
    const changed = await send('PATCH', path, { subjects: null, enabled: false, name: 'New' });
    assert.equal(changed.headers.get('etag'), '"2"');
    assert.deepEqual(
      ['subjects' in changed.body, changed.body['enabled'], changed.body['tools']],
      [false, false, ['orders__refund']],
    );
    const headers = { 'If-Match': '"1"' };
    const late = await plane.send('DELETE', path, { as: 'adminA', headers });
    problemOf(late, 'conflict');
    assert.equal((await send('DELETE', path)).status, 204);
    problemOf(await send('GET', path), 'not_found');
    problemOf(await send('PATCH', path, { enabled: true }), 'not_found');
  });

  test('are made all at once or not at all', async () => {
    const { send } = start();
    const path = `${RULES}/import`;
    const ruleOf = (number: number) => ({ name: `rule ${number}`, effect: 'deny' });
    const many = (count: number) => Array.from({ length: count }, (_, number) => ruleOf(number));
    const made = await send('POST', path, { rules: many(limits.policyRulesAtOnceMax) });
    assert.equal((made.body['ids'] as unknown as string[]).length, limits.policyRulesAtOnceMax);
    const tooMany = { rules: many(limits.policyRulesAtOnceMax + 1) };
    problemOf(await send('POST', path, tooMany), 'invalid_params');
    const wrong = { ...ruleOf(1), annotations: { readOnlyHint: true }, prompts: ['*'] };
    const [first] =
      problemOf(await send('POST', path, { rules: [ruleOf(0), wrong] }), 'invalid_params').errors ??
      [];
    assert.equal(first?.field, 'rules[1].annotations');
  });

  test('are listed page by page', async () => {
    const { send, make } = start();
    for (let count = 0; count < 3; count++) await make({ name: `rule ${count}` });
    const namesOf = ({ rules }: JsonObject) =>
      (rules as unknown as { name: string }[]).map(({ name }) => name);
    const first = (await send('GET', `${RULES}?limit=2`)).body;
    assert.deepEqual(namesOf(first), ['rule 0', 'rule 1']);
    const rest = (await send('GET', `${RULES}?cursor=${first['nextCursor'] as string}`)).body;
    assert.deepEqual([namesOf(rest), rest['nextCursor']], [['rule 2'], null]);
    problemOf(await send('GET', `${RULES}?limit=0`), 'invalid_params');
    problemOf(await send('GET', `${RULES}?limit=${limits.apiPageRowsMax + 1}`), 'invalid_params');
  });

  test('that make no sense are refused, with the field and what to do', async () => {
    const { make, send } = start();
    const wrong: readonly [object, string, RegExp][] = [
      [{ tenantId: 'ten_b' }, 'tenantId', /Remove/],
      [{ id: 'pol_1' }, 'id', /Remove/],
      [{ effect: 'maybe' }, 'effect', /allow, deny/],
      [{ subjects: {} }, 'subjects', /everybody/],
      [{ tools: [] }, 'tools', /At least 1/],
      [{ annotations: {} }, 'annotations', /at least one/],
      [{ annotations: { readOnlyHint: true }, prompts: ['*'] }, 'annotations', /for tools/],
      [
        { conditions: [{ pointer: '/a', is: 'exists', value: true }], resources: ['*'] },
        'conditions',
        /resource/,
      ],
      [{ conditions: [{ pointer: 'a', is: 'eq', value: 1 }] }, 'conditions[0]', /JSON pointer/],
      [{ conditions: [{ pointer: '/a', is: 'pattern', value: '(?=a)' }] }, 'conditions[0]', /RE2/],
      [{ conditions: [{ pointer: '/a', is: 'like', value: 'a' }] }, 'conditions[0].is', /./],
      [{ conditions: [{ pointer: '/a', is: 'lt', value: 'x' }] }, 'conditions[0]', /digits/],
      [{ window: { timeZone: 'Mars/Base' } }, 'window', /IANA/],
      [{ window: { start: '9:00' } }, 'window.start', /HH:MM/],
    ];
    for (const [more, field, fix] of wrong) {
      const [first] = problemOf(await make(more), 'invalid_params').errors ?? [];
      assert.equal(first?.field, field, JSON.stringify(first));
      assert.match(first?.fix ?? '', fix);
    }
    const made = await make({ prompts: ['*'] });
    const path = made.headers.get('location') ?? '';
    problemOf(await send('PATCH', path, {}), 'invalid_params');
    problemOf(await send('PATCH', path, { annotations: { readOnlyHint: true } }), 'invalid_params');
    problemOf(await send('PATCH', path, { name: null }), 'invalid_params');
  });

  test('hold as many things as limits say and not one more', async () => {
    const { make } = start();
    const many = (count: number, one: (index: number) => unknown) =>
      Array.from({ length: count }, (_, index) => one(index));
    const condition = { pointer: '/a', is: 'exists', value: true };
    const lists: readonly [number, (count: number) => object][] = [
      [limits.policyPatternsMax, (n) => ({ tools: many(n, String) })],
      [limits.policySubjectsMax, (n) => ({ subjects: { users: many(n, String) } })],
      [limits.policyConditionsMax, (n) => ({ conditions: many(n, () => condition) })],
      [
        limits.policyValuesMax,
        (n) => ({ conditions: [{ pointer: '/a', is: 'in', values: many(n, (at) => at) }] }),
      ],
      [
        limits.policyValueLengthMax,
        (n) => ({ conditions: [{ pointer: '/a', is: 'prefix', value: 'x'.repeat(n) }] }),
      ],
      [
        limits.policyPointerLengthMax,
        (n) => ({ conditions: [{ ...condition, pointer: `/${'x'.repeat(n - 1)}` }] }),
      ],
    ];
    for (const [most, more] of lists) {
      assert.equal((await make(more(most))).status, 201, String(most));
      problemOf(await make(more(most + 1)), 'invalid_params');
    }
  });
});

describe('settings over the API', () => {
  test('are changed by part, and bounds as a whole', async () => {
    const { send, plane } = start();
    const first = await send('GET', SETTINGS);
    assert.deepEqual(first.body, {
      mode: 'allow-by-default',
      bounds: {},
      updatedAtMs: 0,
      version: 0,
    });
    const bounds = {
      principal: { requestsPerMinute: 60 },
      tools: { orders__get: { concurrent: 1 } },
    };
    assert.equal((await send('PATCH', SETTINGS, { bounds })).headers.get('etag'), '"1"');
    const changed = await send('PATCH', SETTINGS, { mode: 'deny-by-default' });
    assert.deepEqual([changed.body['mode'], changed.body['bounds']], ['deny-by-default', bounds]);
    const headers = { 'If-Match': '"1"' };
    const body = { bounds: {} };
    problemOf(await plane.send('PATCH', SETTINGS, { as: 'adminA', headers, body }), 'conflict');
    assert.deepEqual((await send('GET', SETTINGS, undefined, 'adminB')).body['bounds'], {});
  });

  test('that make no sense are refused', async () => {
    const { send } = start();
    const named = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [index, { concurrent: 1 }]));
    const roles = named(limits.namedBoundsMax);
    assert.equal((await send('PATCH', SETTINGS, { bounds: { roles } })).status, 200);
    const more = { roles: named(limits.namedBoundsMax + 1) };
    for (const bounds of [
      { user: {} },
      { tenant: { burst: 5 } },
      { tool: { concurrent: 0 } },
      more,
    ]) {
      problemOf(await send('PATCH', SETTINGS, { bounds }), 'invalid_params');
    }
    problemOf(await send('PATCH', SETTINGS, {}), 'invalid_params');
  });
});

describe('explaining', () => {
  test('says what a key may use and what decides it', async () => {
    const { send, make } = start();
    const condition = { pointer: '/amount', is: 'gt', value: 100 };
    await make({ name: 'Large refunds', tools: ['orders__refund'], conditions: [condition] });
    await make({ name: 'No getting', tools: ['orders__get'], subjects: { grants: ['key_agent'] } });
    const ask = async (question: object) => {
      const came = await send('POST', '/api/v1/policy/explain', {
        key: 'key_agent',
        service: 'orders',
        ...question,
      });
      const { allowed, steps } = came.body as unknown as {
        allowed: boolean;
        steps: { step: string; outcome: string; rule?: { name: string } }[];
      };
      const refusing = steps.find(({ outcome }) => outcome === 'refused');
      return [allowed, refusing?.step, refusing?.rule?.name];
    };
    const none = undefined;
    assert.deepEqual(await ask({ tool: 'get' }), [false, 'rule', 'No getting']);
    assert.deepEqual(await ask({ tool: 'refund' }), [true, none, none]);
    const refund = (amount: unknown) => ask({ tool: 'refund', arguments: { amount } });
    assert.deepEqual(await refund(100), [true, none, none]);
    assert.deepEqual(await refund(101), [false, 'arguments', 'Large refunds']);
    assert.deepEqual(await refund('5'), [false, 'arguments', 'Large refunds']);
    assert.deepEqual(await ask({ prompt: 'explain' }), [false, 'access', none]);
    assert.deepEqual(await ask({ service: 'nowhere' }), [false, 'service', none]);
    assert.deepEqual(await ask({}), [true, none, none]);
    await send('PATCH', SETTINGS, { mode: 'deny-by-default' });
    assert.deepEqual(await ask({ tool: 'refund' }), [false, 'rules', none]);
    await make({ name: 'Refunds', effect: 'allow', tools: ['*__refund'] });
    assert.deepEqual(await refund(1), [true, none, none]);
    assert.deepEqual(await ask({ key: undefined, tool: 'get' }), [false, 'rules', none]);
    const both = { key: 'key_agent', user: 'usr_agent', service: 'orders' };
    problemOf(await send('POST', '/api/v1/policy/explain', both), 'invalid_params');
    const two = { service: 'orders', tool: 'a', prompt: 'b' };
    problemOf(await send('POST', '/api/v1/policy/explain', two), 'invalid_params');
    const other = { key: 'key_agent', service: 'orders' };
    problemOf(await send('POST', '/api/v1/policy/explain', other, 'adminB'), 'not_found');
  });

  test('says when it is the plan that leaves something out', async () => {
    const includes = [{ tools: ['orders__get'] }];
    const policy = memoryPolicy({ now: () => 7, callers: [agent], snapshot, includes });
    const plane = new ControlPlane({ policy });
    const ask = async (question: object) => {
      const body = { key: 'key_agent', service: 'orders', ...question };
      const { json } = await plane.send('POST', '/api/v1/policy/explain', { as: 'adminA', body });
      const { allowed, steps } = json as { allowed: boolean; steps: Record<string, string>[] };
      return [allowed, ...steps.flatMap(({ step, outcome }) => (step === 'plan' ? outcome : []))];
    };
    assert.deepEqual(await ask({ tool: 'get' }), [true, 'passed']);
    assert.deepEqual(await ask({ tool: 'refund' }), [false, 'refused']);
    assert.deepEqual(await ask({}), [true, 'passed']);
  });

  test('shows all that a key sees', async () => {
    const { send, make } = start();
    await make({ annotations: { destructiveHint: true }, subjects: { users: ['usr_agent'] } });
    const condition = { pointer: '/id', is: 'exists', value: true };
    await make({ tools: ['orders__get'], conditions: [condition] });
    const view = await send('GET', '/api/v1/policy/view?key=key_agent');
    assert.deepEqual(view.body['services'], [
      {
        slug: 'orders',
        whole: false,
        tools: [{ name: 'get', byArguments: true }],
        prompts: [],
        resources: [],
        resourceTemplates: [],
      },
    ]);
    const own = (await send('GET', '/api/v1/policy/view')).body['services'] as unknown as {
      tools: unknown[];
      resourceTemplates: string[];
    }[];
    assert.equal(own[0]?.tools.length, 2);
    assert.deepEqual(own[0]?.resourceTemplates, ['orders://{id}']);
    problemOf(await send('GET', '/api/v1/policy/view?user=nobody'), 'not_found');
  });
});
