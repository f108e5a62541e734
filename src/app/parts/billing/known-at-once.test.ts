import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SubscriptionStore } from '../../../billing/plans/store.ts';
import type { BudgetStore } from '../../../billing/pools/store.ts';
import { silentLog } from '../../../kernel/log.ts';
import { tenantId } from '../../../kernel/principal.ts';
import { knownAtOnce } from './known-at-once.ts';

const tenant = tenantId('ten_a');

function made(load: (what: string) => Promise<void>) {
  const did: string[] = [];
  const change = (what: string) => (): Promise<never> => {
    did.push(what);
    return Promise.resolve(undefined as never);
  };
  const subscriptions = { insert: change('insert'), end: change('end') };
  const budgets = { insert: change('insert'), update: change('update'), delete: change('delete') };
  const loading = (what: string) => async () => {
    await load(what);
    did.push(what);
  };
  const stores = knownAtOnce(
    {
      subscriptions: subscriptions as unknown as SubscriptionStore,
      budgets: budgets as unknown as BudgetStore,
    },
    {
      planBook: { load: loading('plans read') },
      budgetBook: { load: loading('budgets read') },
      log: silentLog,
    },
  );
  return { did, ...stores };
}

test('a change of plans or budgets is acknowledged once this instance has read it', async () => {
  const { did, subscriptions, budgets } = made(() => new Promise(setImmediate));
  await subscriptions.insert(tenant, undefined as never);
  await subscriptions.end(tenant, 'sub_1', undefined as never);
  await budgets.insert(tenant, undefined as never);
  await budgets.update(tenant, undefined as never, undefined as never);
  await budgets.delete(tenant, '', undefined);
  const plans = ['insert', 'plans read', 'end', 'plans read'];
  const limits = ['insert', 'budgets read', 'update', 'budgets read', 'delete', 'budgets read'];
  assert.deepEqual(did, [...plans, ...limits]);
});

test('a change that cannot be read again is made all the same', async () => {
  const { did, subscriptions } = made(() => Promise.reject(new Error('gone')));
  await subscriptions.insert(tenant, undefined as never);
  assert.deepEqual(did, ['insert']);
});
