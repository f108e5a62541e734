import assert from 'node:assert/strict';
import { test } from 'node:test';
import { booksOf } from '../../src/app/commands/verify-billing.ts';
import { verifyBooks } from '../../src/billing/verify/verify-books.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { BillingWorld, ruleOf, START_MS, TENANT, termsOf } from '../support/billing-world.ts';
import {
  CLOSED_MS,
  draftAll,
  finalise,
  invoicesOf,
  recurringOf,
} from '../support/invoice-world.ts';
import { usageRecord } from '../support/usage-record.ts';

const HOUR_MS = 3_600_000;
const ids = new IdSource(() => START_MS + HOUR_MS);

const callOf = () => {
  const id = ids.next('use');
  return usageRecord({ id, chargeKey: id, startedAtMs: START_MS + HOUR_MS });
};

const differencesOf = async (world: BillingWorld): Promise<readonly string[]> =>
  (await verifyBooks(await booksOf(world.stores, TENANT))).differences;

/** A month with calls, bytes and a fee, whose invoice is final, with taxes. */
function invoicedWorld(): BillingWorld {
  const world = new BillingWorld();
  const terms = termsOf([
    ruleOf('call', 'call', { model: 'unit', unitAmount: '1.25' }),
    ruleOf('bytes', 'byte_out', { model: 'unit', unitAmount: '0.003' }),
  ]);
  const fee = recurringOf('fee', '10', { due: 'in_arrears' });
  world.subscribe({ ...terms, recurring: [fee] });
  world.database.exec(`INSERT INTO billing_details VALUES ('${TENANT}', 'Buyer', '', '', '',
    '[{"name":"VAT","percent":"20"}]', 1, 1)`);
  world.drain([callOf(), callOf(), callOf()]);
  world.rateAll();
  world.turn(CLOSED_MS);
  assert.equal(draftAll(world, CLOSED_MS), 1);
  for (const { id } of invoicesOf(world)) finalise(world, id);
  return world;
}

const change = (changed: string): string => `UPDATE invoice SET document = ${changed}`;
const first = "document, '$.lines[0]'";

/** Every way in which an invoice can be wrong: how it is planted, and what is said of it. */
const planted: readonly (readonly [string, string, RegExp])[] = [
  ['the amount of a line', change("json_set(document, '$.lines[0].amount', '99')"), /misses/],
  ['what a line prints', change("json_set(document, '$.lines[0].printed', '99.00')"), /prints/],
  ['a line that is missing', change(`json_remove(${first})`), /misses/],
  [
    'a line that is there twice',
    change(`json_insert(document, '$.lines[#]', json_extract(${first}))`),
    /misses -/,
  ],
  [
    'a line of a rule that charged nothing',
    change("json_set(document, '$.lines[0].ruleId', 'other')"),
    /misses/,
  ],
  ['a total', 'UPDATE invoice SET total_nano = total_nano + 10000000', /asks for/],
  ['a tax', 'UPDATE invoice SET tax_nano = tax_nano + 1', /taxes/],
  ['a sum of charges', 'UPDATE invoice SET charges_nano = charges_nano - 1', /is of charges/],
  ['credit that nobody has paid with', 'UPDATE invoice SET credit_nano = 1', /credit/],
  ['an invoice of no plan', "UPDATE invoice SET subscription_id = 'sub_9'", /of no plan/],
  [
    'a posting that was not made',
    "UPDATE ledger_tx SET kind = 'credit_use' WHERE kind = 'invoice'",
    /posted/,
  ],
  ['periods that it does not name', 'DELETE FROM invoice_part', /there are 0/],
];

for (const [what, statement, said] of planted) {
  test(`a wrong invoice is found: ${what}`, async () => {
    using world = invoicedWorld();
    assert.deepEqual(await differencesOf(world), []);
    world.tamper(statement);
    const differences = await differencesOf(world);
    assert.ok(
      differences.some((one) => said.test(one)),
      differences.join('\n') || 'nothing is said',
    );
  });
}
