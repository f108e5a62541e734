import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  callers,
  ControlPlane,
  NOW_MS,
  type Caller,
} from '../../../../../test/support/control-plane.ts';
import { testPrincipal } from '../../../../../test/support/test-principal.ts';
import { usageRecord } from '../../../../../test/support/usage-record.ts';
import { limits } from '../../../../kernel/limits.ts';
import { encodeUsageLine, firstIdAt, type UsageRecord } from '../../../../metering/store.ts';
import { exampleTerms } from './plan-json.ts';

const DAY_MS = 86_400_000;
const path = '/api/v1/billing/me';

/** Writes a record of tenant A to the database, and what it was charged. */
async function charge(
  { identity }: ControlPlane,
  number: number,
  change: Partial<UsageRecord>,
  nano: number,
): Promise<void> {
  const startedAtMs = change.startedAtMs ?? NOW_MS - 1_000;
  const id = `${firstIdAt(startedAtMs)}${String(number).padStart(20, '0')}`;
  const record = usageRecord({ id, startedAtMs, ...change });
  await identity.usage.insert(Buffer.from(encodeUsageLine(record)));
  identity.fill(`INSERT INTO charge (tenant_id, gate_key, rule_id, seq, unit, kind, usage_id,
      plan_version_id, subscription_id, period_start_ms, service_period_start_ms, quantity,
      amount_nano, currency, ledger_tx_id, at_ms)
    VALUES ('${record.tenant}', '${id}', 'r', 0, 'call', 'usage', '${id}', 'plv_1', 'sub_1', 0, 0,
      '1', ${nano}, 'USD', 'tx_1', ${startedAtMs})`);
}

/** A plane whose tenant A is on a plan since ten days. */
async function planeOn(change: object = {}): Promise<ControlPlane> {
  const plane = new ControlPlane();
  const { plans, subscriptions } = plane.identity;
  const { tenant } = callers.ownerA;
  const times = { createdAtMs: 1, updatedAtMs: 1, version: 1 };
  await plans.insert({ id: 'pln_1', name: 'Standard', description: '', ...times });
  const terms = { ...exampleTerms, ...change };
  await plans.insertVersion({ id: 'plv_1', planId: 'pln_1', terms, createdAtMs: 1 });
  await plans.publish({ planId: 'pln_1', id: 'plv_1', ifVersion: undefined }, 2);
  const startsAtMs = NOW_MS - 10 * DAY_MS;
  const place = { tenant, id: 'sub_1', planVersionId: 'plv_1', anchorMs: 0, timeZone: 'UTC' };
  const subscription = { ...place, startsAtMs, endsAtMs: null, createdAtMs: 3, version: 1 };
  await subscriptions.insert(tenant, subscription);
  return plane;
}

const asked = async (
  plane: ControlPlane,
  as: Caller,
): Promise<Readonly<Record<string, unknown>>> => {
  const { status, json, text } = await plane.send('GET', path, { as });
  assert.equal(status, 200, text);
  return json as Record<string, unknown>;
};

describe('what a caller used and cost', () => {
  test('is shown to everybody of themselves, and of all to who may read billing', async () => {
    const plane = await planeOn({ includes: { services: ['maps'] }, showPrices: true });
    const own = { userId: callers.viewerA.subject.id, grantId: callers.viewerA.grantId };
    await charge(plane, 1, own, 1_500_000_000);
    await charge(plane, 2, { ...own, grantId: 'lgn_1' }, 3);
    await charge(plane, 3, { userId: 'usr_else', grantId: 'key_else' }, 7_000_000_000);
    await charge(plane, 4, { ...own, startedAtMs: NOW_MS - 11 * DAY_MS }, 9);
    const mine = await asked(plane, 'viewerA');
    assert.deepEqual(mine['cost'], [{ currency: 'USD', amount: '1.500000003' }]);
    assert.deepEqual(mine['usage'], { records: 2, bytesIn: 20, bytesOut: 40, durationMs: 3 });
    assert.equal(mine['fromMs'], NOW_MS - 10 * DAY_MS);
    assert.equal(mine['tenant'], null);
    const keys = mine['keys'] as { grantId: string; cost: unknown }[];
    assert.deepEqual(
      keys.map(({ grantId }) => grantId).toSorted(),
      [own.grantId, 'lgn_1'].toSorted(),
    );
    const plan = mine['plan'] as Record<string, unknown>;
    assert.deepEqual(
      [plan['name'], plan['number'], plan['currency'], plan['includes'], plan['prices']],
      ['Standard', 1, 'USD', { services: ['maps'] }, exampleTerms.rules],
    );
    const all = await asked(plane, 'billingA');
    assert.deepEqual(all['cost'], []);
    assert.deepEqual((all['tenant'] as { cost: unknown }).cost, [
      { currency: 'USD', amount: '8.500000003' },
    ]);
  });

  test('shows no prices where the plan keeps them, and nothing without a plan', async () => {
    const plane = await planeOn();
    assert.equal(((await asked(plane, 'viewerA'))['plan'] as { prices: null }).prices, null);
    assert.notEqual(((await asked(plane, 'billingA'))['plan'] as { prices: null }).prices, null);
    const none = await asked(plane, 'ownerB');
    assert.deepEqual([none['plan'], none['cost'], none['limits']], [null, [], null]);
    assert.equal(Number(none['toMs']) - Number(none['fromMs']), 30 * DAY_MS);
  });

  test('is of the key alone where that reaches a part of the services', async () => {
    const includes = { services: ['maps', 'secret'] };
    const plane = await planeOn({ includes, showPrices: true });
    const userId = callers.viewerA.subject.id;
    await charge(plane, 1, { userId, grantId: 'key_part' }, 1);
    await charge(plane, 2, { userId, grantId: 'key_whole' }, 2);
    const part = testPrincipal({
      user: userId,
      grant: 'key_part',
      role: 'viewer',
      layers: [[{ services: ['maps'] }]],
    });
    const limited = new ControlPlane({ ...plane.deps, admit: () => part });
    const { json, text } = await limited.send('GET', path, { as: 'viewerA' });
    const { cost, plan, keys } = json as Record<string, unknown>;
    assert.deepEqual(cost, [{ currency: 'USD', amount: '0.000000001' }]);
    assert.equal((keys as []).length, 1);
    const { includes: seen, prices } = plan as Record<string, unknown>;
    assert.deepEqual([seen, prices], [null, null]);
    assert.ok(!text.includes('secret') && !text.includes('key_whole'));
  });

  test('says what the tenant allows the caller', async () => {
    const plane = await planeOn();
    const { store } = plane.deps.policy;
    const { tenant } = callers.viewerA;
    const settings = await store.settings(tenant);
    const bounds = { principal: { requestsPerMinute: 30, concurrent: 2 } };
    store.settings = () => Promise.resolve({ ...settings, bounds });
    assert.deepEqual((await asked(plane, 'viewerA'))['limits'], {
      requestsPerMinute: 30,
      burst: 30,
      concurrent: 2,
    });
  });

  test('says which budgets bound the caller, and what is left', async () => {
    const plane = await planeOn({ showCost: true, payment: 'prepaid' });
    const { tenant, subject } = callers.viewerA;
    const { fill, credit } = plane.identity;
    const insert = (id: string, scope: object): void => {
      const terms = { scope, currency: null, window: 'none', timeZone: 'UTC', alertPercents: [] };
      fill(`INSERT INTO budget VALUES ('${tenant}', '${id}', '${id}', 'calls', 9,
        '${JSON.stringify(terms)}', 1, 1, 1)`);
      fill(`INSERT INTO budget_alert VALUES ('${tenant}', 'budget:${id}::', 80, 8, 9, 5)`);
    };
    insert('bud_mine', { userId: subject.id });
    insert('bud_key', { grantId: callers.viewerA.grantId });
    insert('bud_other', { userId: 'usr_else' });
    insert('bud_all', {});
    const bought = { key: 'k', kind: 'bought', currency: 'USD', priority: 0 } as const;
    const grant = { id: 'crg_1', amount: 5_000_000_000n, expiresAtMs: null, createdAtMs: 1 };
    await credit.grant(tenant, { ...bought, ...grant });
    const idsOf = (value: unknown, name: string): string[] =>
      (value as readonly Record<string, string>[]).map((one) => one[name] ?? '').toSorted();
    const mine = await asked(plane, 'viewerA');
    assert.deepEqual(idsOf(mine['budgets'], 'id'), ['bud_key', 'bud_mine']);
    assert.deepEqual(idsOf(mine['alerts'], 'budget'), ['bud_key', 'bud_mine']);
    assert.deepEqual(idsOf(mine['wallets'], 'available'), ['5.00']);
    const all = await asked(plane, 'billingA');
    assert.deepEqual(idsOf(all['budgets'], 'id'), ['bud_all', 'bud_key', 'bud_mine', 'bud_other']);
    assert.equal(idsOf(all['alerts'], 'budget').length, 4);
    const quiet = await planeOn();
    assert.equal((await asked(quiet, 'viewerA'))['wallets'], null);
    assert.deepEqual((await asked(quiet, 'billingA'))['wallets'], []);
  });

  test('lists statementGrantsMax grants', async () => {
    const plane = await planeOn();
    const max = limits.statementGrantsMax;
    const userId = callers.viewerA.subject.id;
    for (let at = 0; at <= max; at++) await charge(plane, at, { userId, grantId: `key_${at}` }, 1);
    assert.equal(((await asked(plane, 'viewerA'))['keys'] as []).length, max);
  });
});
