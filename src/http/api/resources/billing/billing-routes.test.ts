import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ControlPlane, NOW_MS, problemOf } from '../../../../../test/support/control-plane.ts';
import type { PlanTerms } from '../../../../billing/plans/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { tenantId } from '../../../../kernel/principal.ts';
import { exampleTerms } from './plan-json.ts';

const plans = '/api/v1/billing/plans';
const DAY_MS = 86_400_000;

type Body = Readonly<Record<string, never>>;

async function made(plane: ControlPlane, path: string, body: unknown): Promise<Body> {
  const { status, json, text } = await plane.send('POST', path, { as: 'ownerA', body });
  assert.equal(status, 201, text);
  return json as Body;
}

/** A plane with a published version; the paths of plan and version. */
async function withVersion(terms: unknown = exampleTerms) {
  const plane = new ControlPlane();
  const plan = await made(plane, plans, { name: 'Standard' });
  const versions = `${plans}/${String(plan['id'])}/versions`;
  const version = await made(plane, versions, { terms });
  const path = `${versions}/${String(version['id'])}`;
  return { plane, versions, path, id: String(version['id']) };
}

async function withPublished(terms: unknown = exampleTerms) {
  const made = await withVersion(terms);
  const { status, text } = await made.plane.send('POST', `${made.path}/publish`, { as: 'ownerA' });
  assert.equal(status, 200, text);
  return made;
}

describe('price lists over the API', () => {
  test('a draft is edited under its ETag and frozen when it is published', async () => {
    const { plane, path, versions, id } = await withVersion();
    const as = 'ownerA';
    const { headers } = await plane.send('GET', path, { as });
    assert.equal(headers.get('etag'), '"1"');
    const cheaper = { ...exampleTerms, currency: 'EUR' };
    const ifMatch = { 'If-Match': '"1"' };
    const edited = await plane.send('PATCH', path, { as, body: cheaper, headers: ifMatch });
    assert.equal(edited.headers.get('etag'), '"2"');
    problemOf(
      await plane.send('PATCH', path, { as, body: exampleTerms, headers: ifMatch }),
      'conflict',
    );
    problemOf(await plane.send('POST', `${path}/publish`, { as, headers: ifMatch }), 'conflict');
    const published = await plane.send('POST', `${path}/publish`, { as });
    const { status, publishedAtMs, terms } = published.json as Record<string, unknown>;
    assert.deepEqual([status, publishedAtMs, terms], ['published', NOW_MS, cheaper]);
    for (const [method, place, body] of [
      ['PATCH', path, exampleTerms],
      ['DELETE', path, undefined],
      ['POST', `${path}/publish`, undefined],
      ['DELETE', path.split('/versions')[0] ?? '', undefined],
    ] as const) {
      problemOf(await plane.send(method, place, { as, ...(body && { body }) }), 'conflict');
    }
    const next = await made(plane, versions, { from: id });
    assert.deepEqual([next['number'], next['status'], next['terms']], [2, 'draft', cheaper]);
    const removed = await plane.send('DELETE', `${versions}/${String(next['id'])}`, { as });
    assert.equal(removed.status, 204);
    const actions = plane.acts.filter(({ outcome }) => outcome === 'ok').map((act) => act.action);
    assert.ok(actions.includes('publishPlanVersion') && actions.includes('createPlan'));
  });

  test('errors name the field, of the shape and of the meaning', async () => {
    const { plane, path } = await withVersion();
    const tiers = (...bounds: readonly (string | null)[]) => ({
      ...exampleTerms,
      rules: [
        {
          ...exampleTerms.rules[0],
          price: { model: 'volume', tiers: bounds.map((upTo) => ({ upTo, unitAmount: '1' })) },
        },
      ],
    });
    const as = 'ownerA';
    const wrong = await plane.send('PATCH', path, { as, body: tiers('5', '-1', null) });
    const shape = problemOf(wrong, 'invalid_params').errors ?? [];
    assert.deepEqual(
      shape.map(({ field }) => field),
      ['rules[0].price.tiers[1].upTo'],
    );
    await plane.send('PATCH', path, { as, body: tiers('5', '5', '6') });
    const checked = await plane.send('POST', `${path}/validate`, { as });
    const { problems } = checked.json as { problems: { field: string; problem: string }[] };
    assert.deepEqual(
      problems.map(({ field }) => field),
      ['rules[0].price.tiers[1].upTo', 'rules[0].price.tiers[2].upTo'],
    );
    assert.match(problems[1]?.problem ?? '', /gap: what is above 6/);
    const refused = problemOf(
      await plane.send('POST', `${path}/publish`, { as }),
      'invalid_params',
    );
    assert.deepEqual(refused.errors, problems);
  });

  test('are the business of the operator alone', async () => {
    const { plane } = await withVersion();
    for (const as of ['ownerB', 'adminA', 'billingA'] as const) {
      problemOf(await plane.send('GET', plans, { as }), 'forbidden');
      problemOf(await plane.send('GET', '/api/v1/billing/subscriptions', { as }), 'forbidden');
    }
  });
});

describe('subscriptions over the API', () => {
  const path = '/api/v1/billing/subscriptions';
  const as = 'ownerA';

  test('a tenant is subscribed, sees its plan, is put on another one and off it', async () => {
    const { plane, versions, id, path: published } = await withPublished();
    const own = '/api/v1/billing/subscription';
    const before = await plane.send('GET', own, { as: 'ownerB' });
    assert.deepEqual(before.json, { subscription: null });
    const body = { tenant: 'ten_b', planVersion: id, timeZone: 'Europe/Zurich' };
    const first = await made(plane, path, { ...body, startsAtMs: NOW_MS - DAY_MS });
    problemOf(await plane.send('POST', path, { as, body }), 'conflict');
    const seen = await plane.send('GET', own, { as: 'ownerB' });
    const { subscription } = seen.json as { subscription: Record<string, unknown> };
    assert.deepEqual(
      [subscription['plan'], subscription['number'], subscription['terms']],
      ['Standard', 1, exampleTerms],
    );
    assert.ok(Number(subscription['periodEndsAtMs']) > NOW_MS);
    const rules = await plane.send('GET', '/api/v1/billing/rules', { as: 'ownerB' });
    assert.deepEqual(rules.json, { currency: 'USD', rules: exampleTerms.rules });
    const none = await plane.send('GET', '/api/v1/billing/rules', { as });
    assert.deepEqual(none.json, { currency: null, rules: [] });
    const draft = await made(plane, versions, { from: id });
    const place = `${path}/ten_b/${String(first['id'])}`;
    const change = (planVersion: unknown) => ({ as, body: { planVersion } }) as const;
    problemOf(await plane.send('POST', `${place}/change`, change(draft['id'])), 'conflict');
    problemOf(await plane.send('POST', `${place}/change`, change('plv_none')), 'not_found');
    const late = { as, body: { planVersion: id, atMs: NOW_MS - 1 } } as const;
    problemOf(await plane.send('POST', `${place}/change`, late), 'invalid_params');
    const other = await plane.send('POST', `${place}/change`, change(id));
    assert.equal(other.status, 201, other.text);
    const next = other.json as Record<string, unknown>;
    assert.equal(next['anchorMs'], NOW_MS - DAY_MS, 'its periods go on');
    const end = { as, body: { atMs: NOW_MS + 5 } } as const;
    const ended = await plane.send('POST', `${path}/ten_b/${String(next['id'])}/end`, end);
    assert.equal((ended.json as Body)['endsAtMs'], NOW_MS + 5);
    const listed = await plane.send('GET', `${path}?tenant=ten_b`, { as });
    const { subscriptions } = listed.json as { subscriptions: Record<string, unknown>[] };
    assert.deepEqual(
      subscriptions.map(({ startsAtMs, endsAtMs }) => [startsAtMs, endsAtMs]),
      [
        [NOW_MS - DAY_MS, NOW_MS],
        [NOW_MS, NOW_MS + 5],
      ],
    );
    const page = await plane.send('GET', `${path}?limit=1`, { as });
    const { nextCursor } = page.json as { nextCursor: string };
    const rest = await plane.send('GET', `${path}?limit=1&cursor=${nextCursor}`, { as });
    assert.equal((rest.json as { nextCursor: null }).nextCursor, null);
    problemOf(await plane.send('DELETE', published, { as }), 'conflict');
  });

  test('refuses a zone that there is not and an end before the start', async () => {
    const { plane, id } = await withPublished();
    const body = { tenant: 'ten_b', planVersion: id };
    const zone = { as, body: { ...body, timeZone: 'Mars/Base' } } as const;
    assert.equal(
      problemOf(await plane.send('POST', path, zone), 'invalid_params').errors?.[0]?.field,
      'timeZone',
    );
    const end = { as, body: { ...body, startsAtMs: 5, endsAtMs: 5 } } as const;
    problemOf(await plane.send('POST', path, end), 'invalid_params');
    const nobody = { as, body: { ...body, tenant: 'ten_none' } } as const;
    problemOf(await plane.send('POST', path, nobody), 'not_found');
  });
});

/** Charges of tenant B: of a service, of two tools, of two days, one without usage. */
async function fillCharges(plane: ControlPlane, planVersion: string): Promise<void> {
  const { identity } = plane;
  identity.fill(`INSERT INTO subscription VALUES
    ('ten_b', 'sub_1', '${planVersion}', 0, NULL, 0, 'UTC', 1, 1, NULL)`);
  identity.fill(`INSERT INTO billing_period VALUES
    ('ten_b', 'sub_1', 0, 100, 1, 5, '1'), ('ten_b', 'sub_1', 100, 200, 1, NULL, NULL)`);
  const rows: readonly [string, string, string | null, number, string, number][] = [
    ['use_1', 'searches', 'use_1', 0, '9000000000000000001', NOW_MS - 2 * DAY_MS],
    ['use_2', 'searches', null, 100, '5', NOW_MS - DAY_MS],
    ['use_3', 'bytes', null, 100, '-2000000000', NOW_MS],
  ];
  for (const [gate, rule, usage, period, nano, atMs] of rows) {
    identity.fill(`INSERT INTO charge (tenant_id, gate_key, rule_id, seq, unit, kind, usage_id,
        plan_version_id, subscription_id, period_start_ms, service_period_start_ms, quantity,
        amount_nano, currency, ledger_tx_id, at_ms)
      VALUES ('ten_b', '${gate}', '${rule}', 0, 'call', 'usage',
        ${usage === null ? 'NULL' : `'${usage}'`}, '${planVersion}', 'sub_1', ${period}, ${period},
        '1', ${nano}, 'USD', 'tx_1', ${atMs})`);
  }
  const tenant = tenantId('ten_b');
  await identity.rollups.startRebuild(tenant);
  while (await identity.rollups.rebuildSome(tenant));
}

describe('what the own tenant is charged', () => {
  test('is summed up by what is asked for, exactly, and listed in pages', async () => {
    const { plane, id } = await withPublished();
    await fillCharges(plane, id);
    const as = 'ownerB';
    const sums = async (query: string) => {
      const { json, text } = await plane.send('GET', `/api/v1/billing/costs${query}`, { as });
      assert.ok(json !== undefined, text);
      return (json as { costs: Record<string, unknown>[] }).costs;
    };
    assert.deepEqual(await sums('?by=rule'), [
      {
        group: 'searches',
        currency: 'USD',
        charges: 2,
        amount: '9000000000.000000006',
        provisional: true,
      },
      { group: 'bytes', currency: 'USD', charges: 1, amount: '-2.00', provisional: true },
    ]);
    const byDay = (await sums('?by=day')).map(({ group, amount, provisional }) => [
      group,
      amount,
      provisional,
    ]);
    assert.deepEqual(byDay, [
      ['2027-01-13', '9000000000.000000001', false],
      ['2027-01-14', '0.000000005', true],
      ['2027-01-15', '-2.00', true],
    ]);
    assert.deepEqual(await sums(`?from=${NOW_MS + 1}&to=${NOW_MS + 2}`), []);
    const other = await plane.send('GET', '/api/v1/billing/costs', { as: 'ownerA' });
    assert.deepEqual((other.json as { costs: [] }).costs, []);
    const analytics = await plane.send('GET', '/api/v1/billing/analytics', { as });
    assert.equal((analytics.json as { byDay: [] }).byDay.length, 3);
    const page = await plane.send('GET', '/api/v1/billing/charges?limit=2', { as });
    const { charges, nextCursor } = page.json as { charges: Body[]; nextCursor: string };
    assert.deepEqual(
      charges.map((charge) => [charge['gateKey'], charge['amount']]),
      [
        ['use_3', '-2.00'],
        ['use_2', '0.000000005'],
      ],
    );
    const next = `/api/v1/billing/charges?limit=2&cursor=${nextCursor}`;
    const rest = (await plane.send('GET', next, { as })).json as { charges: Body[] };
    assert.deepEqual(
      rest.charges.map((charge) => charge['gateKey']),
      ['use_1'],
    );
    const broken = await plane.send('GET', '/api/v1/billing/charges?cursor=abc', { as });
    problemOf(broken, 'invalid_params');
  });

  test('is summed up in billingSumsMax rows at most', async () => {
    const { plane, id } = await withPublished();
    const { fill } = plane.identity;
    fill(
      `INSERT INTO subscription VALUES ('ten_b', 'sub_1', '${id}', 0, NULL, 0, 'UTC', 1, 1, NULL)`,
    );
    const rows = async (first: number, last: number): Promise<number> => {
      fill(`WITH RECURSIVE n (i) AS
          (SELECT ${first} UNION ALL SELECT i + 1 FROM n WHERE i < ${last})
        INSERT INTO charge (tenant_id, gate_key, rule_id, seq, unit, kind, usage_id,
          plan_version_id, subscription_id, period_start_ms, service_period_start_ms, quantity,
          amount_nano, currency, ledger_tx_id, at_ms)
        SELECT 'ten_b', 'gate' || i, 'rule' || i, 0, 'call', 'usage', NULL, '${id}', 'sub_1', 0, 0,
          '1', 1, 'USD', 'tx_1', ${NOW_MS} FROM n`);
      const path = '/api/v1/billing/costs?by=rule';
      const { json } = await plane.send('GET', path, { as: 'ownerB' });
      return (json as { costs: [] }).costs.length;
    };
    const max = limits.billingSumsMax;
    assert.equal(await rows(1, max), limits.billingSumsMax);
    assert.equal(await rows(max + 1, max + 1), limits.billingSumsMax);
  });

  test('is asked for billingRangeDaysMax days at most', async () => {
    const plane = new ControlPlane();
    const ask = (days: number, more = 0) =>
      plane.send('GET', `/api/v1/billing/usage?from=${more}&to=${days * DAY_MS}`, {
        as: 'billingA',
      });
    assert.equal((await ask(limits.billingRangeDaysMax)).status, 200);
    problemOf(await ask(limits.billingRangeDaysMax + 1), 'invalid_params');
    problemOf(await ask(1, DAY_MS), 'invalid_params');
    problemOf(await plane.send('GET', '/api/v1/billing/usage', { as: 'memberA' }), 'forbidden');
  });
});

test('the example of the API can be published', async () => {
  const terms: PlanTerms = exampleTerms;
  await withPublished(terms);
});
