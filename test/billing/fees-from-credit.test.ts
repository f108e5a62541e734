import assert from 'node:assert/strict';
import { test } from 'node:test';
import { booksOf } from '../../src/app/commands/verify-billing.ts';
import { compareFigures, type PlanTerms } from '../../src/billing/store.ts';
import { verifyBooks } from '../../src/billing/verify/verify-books.ts';
import { BillingWorld, START_MS, TENANT, termsOf } from '../support/billing-world.ts';
import { CLOSED_MS, draftAll, invoicesOf, recurringOf } from '../support/invoice-world.ts';

const DOLLAR = 1_000_000_000n;
const fee = (changes: Partial<PlanTerms['recurring'][number]> = {}) => ({
  ...termsOf([]),
  recurring: [recurringOf('fee', '10', { proration: 'none', ...changes })],
  payment: 'prepaid' as const,
});

async function grant(world: BillingWorld, dollars: bigint): Promise<void> {
  await world.stores.credit.grant(TENANT, {
    id: 'crg_1',
    key: 'order',
    kind: 'bought',
    currency: 'USD',
    amount: dollars * DOLLAR,
    priority: 0,
    expiresAtMs: null,
    createdAtMs: 1,
  });
}

async function walletOf(world: BillingWorld) {
  const [pool] = await world.stores.pools.list(TENANT, ['wallet:USD']);
  return pool && [pool.limit - pool.spent, pool.overrun];
}

async function checkBooks(world: BillingWorld): Promise<void> {
  const { differences } = await verifyBooks(await booksOf(world.stores, TENANT));
  assert.deepEqual(differences, []);
  assert.deepEqual(compareFigures(world.figures()), []);
}

test('a fee is paid from credit once; what it does not cover is on the invoice', async () => {
  using world = new BillingWorld();
  await grant(world, 14n);
  world.subscribe(fee());
  world.turn(START_MS + 1);
  world.turn(START_MS + 2);
  assert.deepEqual(await walletOf(world), [4n * DOLLAR, 0n]);
  world.turn(CLOSED_MS);
  assert.deepEqual(await walletOf(world), [0n, 0n], 'the next fee, and no overrun');
  draftAll(world, CLOSED_MS);
  const totals = invoicesOf(world).map(({ charges, credit, total }) => [charges, credit, total]);
  assert.equal(
    totals.reduce((sum, [, credit = 0n]) => sum + credit, 0n),
    14n * DOLLAR,
  );
  assert.equal(
    totals.reduce((sum, [, , total = 0n]) => sum + total, 0n),
    6n * DOLLAR,
  );
  await checkBooks(world);
});

test('what is due at the end of a period or charged by hand is paid likewise', async () => {
  using world = new BillingWorld();
  await grant(world, 20n);
  world.subscribe(fee({ due: 'in_arrears' }));
  world.turn(START_MS + 1);
  assert.deepEqual(await walletOf(world), [20n * DOLLAR, 0n]);
  const setup = { key: 'setup', title: 'Set-up', amount: 3n * DOLLAR, currency: 'USD' };
  for (const nowMs of [START_MS + 5, START_MS + 6]) {
    world.transact('chargeOneOff', { tenant: TENANT, ...setup, nowMs });
  }
  assert.deepEqual(await walletOf(world), [17n * DOLLAR, 0n], 'once for its key');
  world.turn(CLOSED_MS);
  assert.deepEqual(await walletOf(world), [7n * DOLLAR, 0n]);
  await checkBooks(world);
});

test('credit that calls hold pays no fee, and none pays those of a postpaid plan', async () => {
  using world = new BillingWorld();
  await grant(world, 10n);
  const owner = { nodeId: 'node1', runId: 'run1', lifeMs: 60_000 };
  const wish = { poolId: 'wallet:USD', leaseId: 'lse_1', needed: 8n * DOLLAR, wanted: 8n * DOLLAR };
  await world.stores.pools.acquire(owner, { tenant: TENANT, ...wish });
  world.subscribe(fee());
  world.turn(START_MS + 1);
  assert.deepEqual(await walletOf(world), [8n * DOLLAR, 0n]);
  await checkBooks(world);
  using other = new BillingWorld();
  await grant(other, 10n);
  other.subscribe({ ...fee(), payment: 'postpaid' });
  other.turn(START_MS + 1);
  assert.deepEqual(await walletOf(other), [10n * DOLLAR, 0n]);
});
