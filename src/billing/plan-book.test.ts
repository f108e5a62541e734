import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usageRecord } from '../../test/support/usage-record.ts';
import { limits } from '../kernel/limits.ts';
import { tenantId } from '../kernel/principal.ts';
import type { BillingRule } from './plans/plan.ts';
import { PlanBook } from './plan-book.ts';
import type { StoredPlanVersion, StoredSubscription } from './plans/store.ts';

const A = tenantId('ten_a');

const rule: BillingRule = {
  id: 'calls',
  title: 'Calls',
  match: { arguments: { region: ['eu'] } },
  unit: 'call',
  price: { model: 'unit', unitAmount: '1' },
  priority: 0,
};

const subscription = (planVersionId: string, startsAtMs: number, endsAtMs: number | null) =>
  ({ tenant: A, id: planVersionId, planVersionId, startsAtMs, endsAtMs }) as StoredSubscription;

function start(all: StoredSubscription[]) {
  const clock = { ms: 100 };
  const read: string[] = [];
  const book = new PlanBook({
    subscriptions: { list: (tenant) => Promise.resolve(tenant === A ? all : []) },
    plans: {
      versionById: (id) => {
        read.push(id);
        const terms = { currency: 'USD', rules: [rule] };
        return Promise.resolve(
          id === '?' ? undefined : ({ id, terms } as unknown as StoredPlanVersion),
        );
      },
    },
    now: () => clock.ms,
  });
  const now = (ms: number, tenant = A): string | undefined => {
    clock.ms = ms;
    return book.of(tenant)?.version.id;
  };
  return { book, all, read, now, clock };
}

test('a tenant is on the plan of the moment', async () => {
  const { book, now } = start([subscription('one', 100, 200), subscription('two', 200, null)]);
  assert.equal(now(100), undefined);
  await book.load(A);
  assert.deepEqual(
    [99, 100, 199, 200, 1e15].map((ms) => now(ms)),
    [undefined, 'one', 'one', 'two', 'two'],
  );
  assert.equal(now(150, tenantId('ten_b')), undefined);
  assert.deepEqual(book.of(A)?.asked?.arguments, ['region']);
});

test('what was changed is read again, and what ended or is not there is left out', async () => {
  const { book, all, now } = start([subscription('one', 100, null), subscription('?', 50, null)]);
  await book.load(A);
  assert.equal(now(150), 'one');
  all.splice(0, 2, subscription('one', 100, 120));
  now(130);
  await book.load(A);
  assert.equal(now(110), undefined);
});

test('plansCompiledMax versions are kept ready', async () => {
  const many = Array.from({ length: limits.plansCompiledMax + 1 }, (_, number) =>
    subscription(`v${number}`, 0, null),
  );
  const { book, all, read } = start([subscription('v0', 0, null)]);
  await book.load(A);
  await book.load(A);
  assert.deepEqual(read, ['v0']);
  all.splice(0, 1, ...many);
  await book.load(A);
  all.splice(0, many.length, subscription('v0', 0, null));
  await book.load(A);
  assert.equal(read.filter((id) => id === 'v0').length, 2);
});

test('another offer is announced when it comes to hold, and when it ends', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const clock = { ms: 0 };
  const heard: string[] = [];
  const all = [subscription('plain', 0, 100), subscription('limited', 100, 200)];
  const includes = { services: ['maps'] };
  using book = new PlanBook({
    subscriptions: { list: () => Promise.resolve(all) },
    plans: {
      versionById: (id) => {
        const more = id === 'plain' ? {} : { includes, showCost: true };
        const terms = { currency: 'USD', rules: [rule], ...more };
        return Promise.resolve({ id, terms } as unknown as StoredPlanVersion);
      },
    },
    now: () => clock.ms,
    offerChanged: (tenant) => heard.push(`${tenant} ${book.of(tenant)?.offer?.digest ?? 'none'}`),
  });
  await book.load(A);
  assert.deepEqual([heard, book.of(A)?.offer], [[], undefined]);
  const turn = (ms: number): void => {
    clock.ms += ms;
    t.mock.timers.tick(ms);
  };
  turn(99);
  assert.deepEqual(heard, []);
  turn(1);
  assert.deepEqual(heard, ['ten_a limited']);
  const cost = book
    .of(A)
    ?.shownCost?.(usageRecord({ attributes: '{"arguments":{"region":"eu"}}' }), 'x');
  assert.deepEqual(cost, { amount: 1_000_000_000n, currency: 'USD', isEstimate: false });
  all[1] = { ...subscription('limited', 100, 200), trialEndsAtMs: 150 };
  await book.load(A);
  const amountAt = (startedAtMs: number): bigint | undefined => {
    const attributes = '{"arguments":{"region":"eu"}}';
    return book.of(A)?.shownCost?.(usageRecord({ startedAtMs, attributes }), 'x').amount;
  };
  assert.deepEqual([amountAt(149), amountAt(150)], [0n, 1_000_000_000n]);
  turn(100);
  assert.deepEqual(heard, ['ten_a limited', 'ten_a none']);
});
