import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GatewayError } from '../../kernel/errors.ts';
import { tenantId } from '../../kernel/principal.ts';
import { usageRecord } from '../../../test/support/usage-record.ts';
import type { UsageRecord } from '../../metering/store.ts';
import type { BillingRule } from '../plans/plan.ts';
import type { Budget } from '../pools/budget.ts';
import { LeaseBook } from '../pools/lease-book.ts';
import { compileRules } from '../rules/compile-rules.ts';
import { BudgetBook } from './budget-book.ts';
import { SpendingDesk } from './spending-desk.ts';
import type { SpendRequest } from './spend-request.ts';

const TENANT = tenantId('ten_a');
const used = { of: 'use_1', number: 2, upstreamMs: 0, bytesIn: 0, bytesOut: 0, events: 0 };
const NOON = Date.UTC(2026, 2, 4, 12);
const orders = { id: 'svc_1', slug: 'orders' };

const ruleOf = (id: string, changes: Partial<BillingRule> = {}): BillingRule => {
  const price = { model: 'unit', unitAmount: '0.02' } as const;
  return { id, title: id, match: {}, unit: 'call', price, priority: 0, ...changes };
};

const budgetOf = (id: string, changes: Partial<Budget> = {}): Budget => ({
  id,
  name: id,
  unit: 'calls',
  limit: 10n,
  scope: {},
  currency: null,
  window: 'day',
  timeZone: 'UTC',
  alertPercents: [],
  createdAtMs: 0,
  updatedAtMs: 0,
  version: 1,
  ...changes,
});

const requestOf = (changes: Partial<SpendRequest> = {}): SpendRequest => ({
  tenant: TENANT,
  userId: 'usr_1',
  grantId: 'key_1',
  services: [orders],
  tool: 'find',
  method: 'tools/call',
  startedAtMs: NOON,
  bytesIn: 100,
  attributes: null,
  ...changes,
});

interface DeskOptions {
  readonly rules?: readonly BillingRule[];
  readonly payment?: 'prepaid' | 'postpaid';
  readonly trialEndsAtMs?: number;
  readonly budgets?: readonly Budget[];
  /** What each pool has; without it a lot. */
  readonly available?: Readonly<Record<string, bigint>>;
}

/** A desk whose pools lend what is asked of them; what was asked and given back is noted. */
async function deskOf(options: DeskOptions) {
  const { rules, payment, trialEndsAtMs = null, budgets = [], available = {} } = options;
  const asked: string[] = [];
  const closed: bigint[] = [];
  const leases = new LeaseBook({
    port: {
      acquire: async ({ poolId, needed }) => {
        asked.push(`${poolId} ${needed}`);
        const free = available[poolId] ?? 10n ** 12n;
        if (free < needed) return { kind: 'refused', available: free };
        return { kind: 'granted', granted: needed, isTight: true, left: 100n };
      },
      close: async (_tenant, _id, spent) => void closed.push(spent),
    },
    newLeaseId: () => `lse_${asked.length}`,
    nowMs: () => 0,
    usableMs: 1_000,
    idleMs: 1_000,
    rateWindowMs: 1_000,
  });
  const book = new BudgetBook({ list: async () => budgets });
  await book.load(TENANT);
  const plan = rules && {
    rules: compileRules(rules, 'USD'),
    subscription: { trialEndsAtMs },
    version: { terms: { currency: 'USD', ...(payment && { payment }) } },
  };
  const prepaid = new Set(payment === 'prepaid' ? [TENANT] : []);
  const plans = { prepaid, of: () => plan };
  return { desk: new SpendingDesk({ plans, budgets: book, leases }), asked, closed };
}

const recordOf = (changes: Partial<UsageRecord>): UsageRecord =>
  usageRecord({ serviceId: 'svc_1', tool: 'find', ...changes });

/** What a record says of the amounts it holds. */
const saidOf = (text: string | null): unknown =>
  text === null ? null : (JSON.parse(text) as string[][]).map(([, amount]) => amount);

describe('what is set aside for a call', () => {
  test('is nothing for a tenant without credit or budgets', async () => {
    const { desk, asked } = await deskOf({ rules: [ruleOf('call')] });
    assert.equal(desk.isBound(TENANT), false);
    assert.equal(desk.hold(requestOf()), undefined);
    const { desk: other } = await deskOf({ payment: 'prepaid', rules: [] });
    assert.equal(other.isBound(TENANT), true);
    assert.equal(other.isBound(tenantId('ten_b')), false);
    assert.equal(other.hold(requestOf()), undefined, 'what costs nothing needs no credit');
    assert.deepEqual(asked, []);
  });

  test('is nothing while a plan is tried, and what it costs from then on', async () => {
    const options = {
      rules: [ruleOf('call')],
      payment: 'prepaid',
      trialEndsAtMs: NOON + 1,
    } as const;
    const { desk, asked } = await deskOf(options);
    assert.equal(desk.hold(requestOf()), undefined);
    assert.deepEqual(asked, []);
    await desk.hold(requestOf({ startedAtMs: NOON + 1 }));
    assert.equal(asked.length, 1);
  });

  test('is the dearest rule of each unit that may decide, summed up', async () => {
    const rules = [
      ruleOf('failed', { match: { outcomes: ['tool_error'] }, holdMaximum: '9' }),
      ruleOf('call'),
      ruleOf('mine', { match: { users: ['usr_2'] }, price: { model: 'flat', amount: '7' } }),
      ruleOf('bytes', { unit: 'byte_in', price: { model: 'unit', unitAmount: '0.001' } }),
      ruleOf('pages', { unit: 'custom:pages', holdMaximum: '0.5' }),
      ruleOf('lists', { match: { methods: ['tools/list'] }, unit: 'event' }),
    ];
    const { desk, asked } = await deskOf({ rules, payment: 'prepaid' });
    await desk.hold(requestOf());
    // 0.02 of a call, 100 bytes at 0.001 and the billionth of their rounding, 0.5 of pages.
    assert.deepEqual(asked, ['wallet:USD 620000001']);
    await desk.hold(requestOf({ userId: 'usr_2' }));
    assert.equal(asked[1], 'wallet:USD 7600000001');
    await assert.rejects(
      async () => desk.hold(requestOf({ method: 'tools/list' })),
      (error) => error instanceof GatewayError && /rule lists .* holdMaximum/.test(error.message),
    );
  });

  test('comes from every budget that the call belongs to', async () => {
    const budgets = [
      budgetOf('all'),
      budgetOf('hers', { scope: { userId: 'usr_2' } }),
      budgetOf('key', { scope: { grantId: 'key_1' }, window: 'none' }),
      budgetOf('tool', { scope: { serviceId: 'svc_1', tool: 'find' }, window: 'month' }),
      budgetOf('other', { scope: { serviceId: 'svc_1', tool: 'write' } }),
      budgetOf('service', { scope: { serviceId: 'svc_2' } }),
      budgetOf('dollars', { unit: 'money', currency: 'USD', window: 'week' }),
      budgetOf('euros', { unit: 'money', currency: 'EUR' }),
    ];
    const { desk, asked } = await deskOf({ rules: [ruleOf('call')], budgets });
    assert.equal(desk.isBound(TENANT), true);
    await desk.hold(requestOf());
    const day = Date.UTC(2026, 2, 4);
    const week = [Date.UTC(2026, 2, 2), Date.UTC(2026, 2, 9)];
    const month = [Date.UTC(2026, 2, 1), Date.UTC(2026, 3, 1)];
    assert.deepEqual(asked, [
      `budget:dollars:${week.join(':')} 20000000`,
      `budget:all:${day}:${day + 86_400_000} 1`,
      'budget:key:: 1',
      `budget:tool:${month.join(':')} 1`,
    ]);
    asked.length = 0;
    await desk.hold(requestOf({ startedAtMs: day + 86_400_000, services: [], tool: null }));
    assert.ok(asked.includes(`budget:all:${day + 86_400_000}:${day + 2 * 86_400_000} 1`));
    assert.equal(desk.hold(requestOf({ method: 'tools/list' })), undefined);
  });

  test('is settled with what the call did cost, and given back', async () => {
    const budgets = [budgetOf('all')];
    const settled = async (changes: Partial<UsageRecord>): Promise<unknown> => {
      const { desk, closed } = await deskOf({
        rules: [ruleOf('call', { holdMaximum: '1' })],
        payment: 'prepaid',
        budgets,
      });
      const spending = await desk.hold(requestOf());
      const text = spending?.settle(recordOf(changes)) ?? null;
      await spending?.release();
      assert.equal(closed.length, 2);
      return saidOf(text);
    };
    const outcomes = ['ok', 'tool_error'] as const;
    for (const outcome of outcomes) {
      assert.deepEqual(await settled({ outcome }), ['20000000', '1'], outcome);
    }
    assert.deepEqual(await settled({ outcome: 'task' }), ['20000000', '1'], 'until it ends');
    const free = [
      'rejected',
      'upstream_error',
      'input_required',
      'cancelled',
      'cache_hit',
    ] as const;
    for (const outcome of [...free, 'timeout', 'replayed'] as const) {
      assert.equal(await settled({ outcome }), null, outcome);
    }
  });

  test('goes with the parts of a long call, as far as it reaches', async () => {
    const { desk } = await deskOf({
      rules: [ruleOf('time', { unit: 'millisecond', holdMaximum: '1' })],
      payment: 'prepaid',
      budgets: [budgetOf('all')],
    });
    const spending = await desk.hold(requestOf());
    assert.ok(spending !== undefined);
    const part = recordOf({ outcome: 'part', durationMs: 30 });
    // What it costs at most has a billionth for the rounding of totals.
    assert.deepEqual(saidOf(spending.settlePart(part)), ['600000001']);
    const said = JSON.stringify({ ...used, durationMs: 30 });
    const next = recordOf({ outcome: 'part', durationMs: 40, part: said });
    assert.deepEqual(saidOf(spending.settlePart(next)), ['399999999']);
    const all = JSON.stringify({ ...used, durationMs: 70 });
    const end = spending.settle(recordOf({ outcome: 'ok', durationMs: 5, part: all }));
    assert.deepEqual(saidOf(end), ['0', '1'], 'what is beyond is counted with the lease');
    await spending.release();
  });

  test('is refused by name, and nothing of it stays taken', async () => {
    const day = Date.UTC(2026, 2, 4);
    const budgets = [budgetOf('calls'), budgetOf('none', { window: 'none' })];
    const poolId = `budget:calls:${day}:${day + 86_400_000}`;
    const { desk, closed } = await deskOf({
      rules: [ruleOf('call')],
      payment: 'prepaid',
      budgets,
      available: { [poolId]: 0n },
    });
    const refusal = async (): Promise<unknown> => {
      try {
        await desk.hold(requestOf());
      } catch (error) {
        if (error instanceof GatewayError) return [error.code, error.data];
        throw error;
      }
      return undefined;
    };
    const budget = { reason: 'budget_exhausted', budget: 'calls', balance: '0' };
    const reset_at = '2026-03-05T00:00:00.000Z';
    assert.deepEqual(await refusal(), ['budget_exhausted', { ...budget, reset_at }]);
    assert.deepEqual(closed, [0n], 'the credit goes back');
    const poor = await deskOf({
      rules: [ruleOf('call')],
      payment: 'prepaid',
      available: { 'wallet:USD': 19_999_999n },
    });
    await assert.rejects(
      async () => poor.desk.hold(requestOf()),
      (error) =>
        error instanceof GatewayError &&
        error.code === 'insufficient_credit' &&
        /may cost 0\.02 USD, .* is 0\.019999999 USD/.test(error.message),
    );
  });
});
