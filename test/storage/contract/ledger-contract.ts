import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { compareFigures } from '../../../src/billing/store.ts';
import type { PlanTerms } from '../../../src/billing/plans/plan.ts';
import { encodeUsageLine, type UsageRecord } from '../../../src/metering/store.ts';
import { IdSource } from '../../../src/kernel/ids.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { ruleOf, START_MS, termsOf } from '../../support/billing-world.ts';
import { splitCall } from '../../support/split-call.ts';
import { usageRecord } from '../../support/usage-record.ts';
import { A, B, openWithTenants, type OpenEmpty } from './fixtures.ts';

const NOW_MS = START_MS + 3_600_000;
const ids = new IdSource(() => NOW_MS);

const callOf = (tenant: string, changes: Partial<UsageRecord> = {}): UsageRecord => {
  const id = ids.next('use');
  return usageRecord({ id, tenant, chargeKey: id, startedAtMs: NOW_MS, ...changes });
};

const linesOf = (records: readonly UsageRecord[]): Buffer =>
  Buffer.from(records.map(encodeUsageLine).join(''));

const terms = termsOf([
  ruleOf('call', 'call', {
    model: 'graduated',
    tiers: [
      { upTo: '2', unitAmount: '1' },
      { upTo: null, unitAmount: '1/3' },
    ],
  }),
  ruleOf('bytes', 'byte_out', { model: 'unit', unitAmount: '0.000000333' }),
]);

/** Puts tenant A on a plan. */
async function subscribe(storage: Storage, wanted: PlanTerms): Promise<void> {
  const times = { createdAtMs: 1, updatedAtMs: 1 };
  await storage.plans.insert({ id: 'pln_1', name: 'plan', description: '', ...times, version: 1 });
  await storage.plans.insertVersion({
    id: 'plv_1',
    planId: 'pln_1',
    terms: wanted,
    createdAtMs: 1,
  });
  await storage.plans.publish({ planId: 'pln_1', id: 'plv_1', ifVersion: undefined }, 2);
  await storage.subscriptions.insert(A, {
    tenant: A,
    id: 'sub_1',
    planVersionId: 'plv_1',
    startsAtMs: START_MS,
    endsAtMs: null,
    anchorMs: START_MS,
    timeZone: 'UTC',
    createdAtMs: 3,
    version: 1,
  });
}

async function openBilled(open: OpenEmpty, t: TestContext) {
  const storage = await openWithTenants(open, t);
  await subscribe(storage, terms);
  const fence = await storage.leases.acquire('billing.rate', 'me', 60_000);
  if (fence === undefined) throw new Error('the lease is taken');
  return { ...storage, fence };
}

const all = { descending: false, rowsMax: 100 } as const;

function partsContract(open: OpenEmpty): void {
  test('a call in parts is charged part by part, and comes to what it costs whole', async (t) => {
    const storage = await openBilled(open, t);
    const { charges, usage, reconciliations, fence } = storage;
    const [one, two, end] = splitCall(callOf(A, { bytesOut: 1_000_000 }), [0.25, 0.5]);
    assert.ok(one !== undefined && two !== undefined && end !== undefined);
    await usage.insert(linesOf([one, two]));
    await charges.rateUsage(A, NOW_MS, fence);
    await usage.insert(linesOf([two, end]));
    await charges.rateUsage(A, NOW_MS, fence);
    const charged = await charges.list(A, all);
    assert.deepEqual(
      charged
        .map(({ usageId, ruleId, amount }) => ({ usageId, ruleId, amount }))
        .toSorted((first, next) => Number(first.amount - next.amount)),
      [
        { usageId: one.id, ruleId: 'bytes', amount: 83_250_000n },
        { usageId: two.id, ruleId: 'bytes', amount: 83_250_000n },
        { usageId: end.id, ruleId: 'bytes', amount: 166_500_000n },
        { usageId: end.id, ruleId: 'call', amount: 1_000_000_000n },
      ].toSorted((first, next) => Number(first.amount - next.amount)),
    );
    const listed = await usage.list(A, all);
    assert.deepEqual(
      new Set(listed.map(({ part }) => part)),
      new Set([one, two, end].map((record) => record.part)),
    );
    assert.deepEqual(compareFigures(await reconciliations.figures(A)), []);
  });
}

/** What charging must do on every engine. */
export function ledgerContract(open: OpenEmpty): void {
  gateContract(open);
  partsContract(open);
  test('what is drained waits to be rated, and is charged once', async (t) => {
    const storage = await openBilled(open, t);
    const { charges, ledger, usage, reconciliations, fence } = storage;
    const calls = [callOf(A), callOf(A), callOf(A)];
    await usage.insert(linesOf([...calls, callOf(B)]));
    await usage.insert(linesOf(calls));
    assert.deepEqual((await charges.pendingTenants()).toSorted(), [A, B]);
    const rated = await Promise.all([1, 2, 3].map(() => charges.rateUsage(A, NOW_MS, fence)));
    assert.deepEqual(new Set(rated.map((one) => one?.charges)), new Set([0, 6]));
    assert.equal((await charges.list(A, all)).length, 6);
    assert.deepEqual(await charges.pendingTenants(), [B]);
    const total = 2_333_333_333n + 60n * 333n;
    assert.deepEqual(
      (await ledger.balances(A)).map(({ accountId, posted }) => [accountId, posted]),
      [
        ['receivable:USD', total],
        ['revenue:USD', -total],
      ],
    );
    const [transaction] = await ledger.list(A, '', 10);
    assert.deepEqual(
      transaction?.entries.map(({ amount }) => amount),
      [total, -total],
    );
    const totals = await charges.totals(A, START_MS);
    assert.deepEqual(
      totals.map(({ ruleId, charges: count, amount }) => [ruleId, count, amount]),
      [
        ['bytes', 3, 19_980n],
        ['call', 3, 2_333_333_333n],
      ],
    );
    assert.deepEqual(compareFigures(await reconciliations.figures(A)), []);
    assert.deepEqual(await charges.list(B, all), []);
    assert.deepEqual(compareFigures(await reconciliations.figures(B)), []);
  });

  test('nobody rates with a stale fence', async (t) => {
    const { charges, usage, fence } = await openBilled(open, t);
    await usage.insert(linesOf([callOf(A)]));
    const stale = { ...fence, number: fence.number + 1 };
    assert.equal(await charges.rateUsage(A, NOW_MS, stale), undefined);
    assert.equal(await charges.turnPeriods(A, NOW_MS, stale), undefined);
    assert.deepEqual(await charges.pendingTenants(), [A]);
  });

  pagesContract(open);
}

function pagesContract(open: OpenEmpty): void {
  test('charges are listed page by page, and taken back once', async (t) => {
    const { charges, usage, ledger, reconciliations, fence } = await openBilled(open, t);
    const calls = [callOf(A), callOf(A), callOf(A)];
    assert.deepEqual(await reconciliations.tenants(), []);
    await usage.insert(linesOf(calls));
    assert.deepEqual(await reconciliations.tenants(), [A]);
    await charges.rateUsage(A, NOW_MS, fence);
    const whole = await charges.list(A, all);
    const paged = [];
    for (let after; ;) {
      const [next] = await charges.list(A, { ...all, rowsMax: 1, ...(after && { after }) });
      if (next === undefined) break;
      paged.push((after = next));
    }
    assert.deepEqual(paged, whole);
    assert.deepEqual(await charges.list(A, { ...all, descending: true }), whole.toReversed());
    const gateKey = calls[0]?.id ?? '';
    const request = { gateKey, ruleId: 'call', reason: 'a mistake', nowMs: NOW_MS };
    const voided = await charges.void(A, request);
    assert.deepEqual([voided.kind, voided.amount], ['void', -333_333_333n]);
    await assert.rejects(charges.void(A, request), { code: 'conflict' });
    await assert.rejects(charges.void(B, request), { code: 'not_found' });
    const transactions = await ledger.list(A, '', 10);
    const back = transactions.find(({ kind }) => kind === 'void');
    assert.equal(back?.reverses, whole.find((one) => one.gateKey === gateKey)?.ledgerTxId);
    assert.equal(back?.reason, 'a mistake');
    const figures = await reconciliations.figures(A);
    assert.deepEqual(compareFigures(figures), []);
    const result = { atMs: 5, figures, differences: ['one'] };
    await reconciliations.put(A, result);
    assert.deepEqual(await reconciliations.get(A), result);
    assert.equal(await reconciliations.get(B), undefined);
  });

  test('periods are opened and closed', async (t) => {
    const { charges, fence } = await openBilled(open, t);
    assert.deepEqual(await charges.subscribedTenants(), [A]);
    const laterMs = START_MS + 40 * 24 * 3_600_000;
    assert.equal(await charges.turnPeriods(A, laterMs, fence), false);
    const periods = await charges.periods(A);
    assert.deepEqual(
      periods.map(({ startMs, closedAtMs }) => [startMs, closedAtMs]),
      [
        [START_MS, laterMs],
        [START_MS + 31 * 24 * 3_600_000, null],
      ],
    );
  });
}

function gateContract(open: OpenEmpty): void {
  test('keys of any characters pass their gate once, in batches of any size', async (t) => {
    const storage = await openBilled(open, t);
    const { fence } = storage;
    const odd = [
      '"',
      "it's",
      '\\',
      '\\n',
      '$1',
      '?',
      '{"a":0}',
      'é😀',
      '\u2028',
      '__proto__',
      'a/b',
    ];
    const keys = Array.from({ length: 45 }, (_, at) => `${odd[at % odd.length]}${at}`);
    const calls = () => keys.map((chargeKey) => callOf(A, { chargeKey }));
    const rate = async (some: readonly UsageRecord[]) => {
      assert.deepEqual(await storage.usage.insert(linesOf(some)), []);
      return (await storage.charges.rateUsage(A, NOW_MS, fence))?.charges;
    };
    // The call once, its bytes for every record.
    assert.equal(await rate(calls().slice(0, 17)), 34);
    assert.equal(await rate(calls()), 45 + 28);
    assert.equal(await rate([...calls(), ...calls()]), 90);
    const page = { descending: false, rowsMax: 500 };
    const charged = await storage.charges.list(A, page);
    const gates = charged.filter(({ unit }) => unit === 'call').map(({ gateKey }) => gateKey);
    assert.deepEqual(gates.toSorted(), keys.toSorted());
    assert.deepEqual(compareFigures(await storage.reconciliations.figures(A)), []);
  });
}
