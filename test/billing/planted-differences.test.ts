import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFigures } from '../../src/billing/store.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { BillingWorld, ruleOf, START_MS, termsOf } from '../support/billing-world.ts';
import { CLOSED_MS, draftAll, invoicesOf } from '../support/invoice-world.ts';
import { usageRecord } from '../support/usage-record.ts';

const ids = new IdSource(() => START_MS);

/** Every sentence that the reconciliation has, by what it is about. */
const sentences: Readonly<Record<string, RegExp>> = {
  recorded: /^Usage records are \d+, records rated or waiting are \d+\.$/,
  setAside: /^Records counted as set aside are/,
  counted: /^Charges counted when they were made are/,
  counters: /^The counters sum to/,
  ledger: /^The ledger sum to/,
  balance: /^The balance sum to/,
  invoices: /^The invoices sum to/,
  transaction: /^Transaction \S+ does not balance with its charges\.$/,
  account: /^The balance of \S+ is not the sum of its entries\.$/,
  counter: /^The counter of .+ has posted other than was charged\.$/,
  rollups: /^The rollups of .+ are not what they sum up\.$/,
};

const first = (table: string, columns: string): string =>
  `(${columns}) IN (SELECT ${columns} FROM ${table} ORDER BY ${columns} LIMIT 1)`;
const aCharge = first('charge', 'tenant_id, gate_key, rule_id, seq');

/** What is planted, and every sentence that has to say so: no other may. */
const planted: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'acknowledged, not put on the list',
    'UPDATE usage_total SET records = records + 1',
    ['recorded', 'rollups'],
  ],
  ['recorded, not charged', 'UPDATE rating_total SET records = records - 1', ['recorded']],
  ['set aside, and nowhere to be seen', 'UPDATE rating_total SET refused = 1', ['setAside']],
  ['a charge that was never counted', 'UPDATE rating_total SET charges = 1', ['counted']],
  [
    'charged, and the charge is gone',
    `DELETE FROM charge WHERE ${aCharge}`,
    ['counted', 'counters', 'ledger', 'balance', 'transaction', 'counter', 'invoices', 'rollups'],
  ],
  [
    'an altered amount',
    `UPDATE charge SET amount_nano = amount_nano + 1 WHERE ${aCharge}`,
    ['counters', 'ledger', 'balance', 'transaction', 'counter', 'invoices', 'rollups'],
  ],
  ['charged, not posted', 'DELETE FROM ledger_entry', ['ledger', 'transaction', 'account']],
  [
    'an unbalanced transaction, by a billionth',
    `UPDATE ledger_entry SET amount_nano = amount_nano + 1 WHERE account_id LIKE 'receivable%'
      AND tx_id IN (SELECT tx_id FROM ledger_entry ORDER BY tx_id LIMIT 1)`,
    ['transaction', 'account'],
  ],
  [
    'a balance that is not its entries',
    "UPDATE account_balance SET posted_nano = posted_nano + 1 WHERE account_id LIKE 'revenue%'",
    ['balance', 'account'],
  ],
  [
    'a counter ahead of its charges',
    'UPDATE meter SET posted_nano = posted_nano + 1',
    ['counters', 'counter'],
  ],
  ['posted, not invoiced', 'UPDATE invoice SET charges_nano = charges_nano - 1', ['invoices']],
  ['a sum of an hour', 'UPDATE usage_rollup SET records = records + 1', ['rollups']],
];

/** A month that is closed and invoiced. */
function filledWorld(): BillingWorld {
  const world = new BillingWorld();
  world.subscribe(termsOf([ruleOf('call', 'call', { model: 'unit', unitAmount: '0.335' })]));
  world.drain(
    Array.from({ length: 3 }, () => {
      const id = ids.next('use');
      return usageRecord({ id, chargeKey: id, startedAtMs: START_MS + 1_000 });
    }),
  );
  world.rateAll();
  world.turn(CLOSED_MS);
  draftAll(world, CLOSED_MS);
  assert.equal(invoicesOf(world).length, 1);
  return world;
}

for (const [what, statement, said] of planted) {
  test(`the reconciliation says what is wrong: ${what}`, () => {
    using world = filledWorld();
    assert.deepEqual(compareFigures(world.figures()), []);
    world.tamper(statement);
    const heard = new Set<string>();
    for (const difference of compareFigures(world.figures())) {
      const [name] = Object.entries(sentences).find(([, text]) => text.test(difference)) ?? [];
      assert.ok(name !== undefined, `no kind of difference: ${difference}`);
      heard.add(name);
    }
    assert.deepEqual(heard, new Set(said));
  });
}

test('every sentence of the reconciliation is planted once', () => {
  const said = new Set(planted.flatMap(([, , names]) => names));
  assert.deepEqual(said, new Set(Object.keys(sentences)));
});
