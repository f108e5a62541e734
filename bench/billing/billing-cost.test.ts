import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSqliteEngine } from './billed-engine.ts';
import { billedTerms } from './billed-terms.ts';
import { billingCost, isWithin } from './billing-cost.ts';
import { billedCases, measureLookups, measureRecords } from './measure-billing.ts';

const depth = { rounds: 2, records: 60 };

test('every kind of price is measured, with charges for every record', async () => {
  for (const one of billedCases) {
    const cost = await measureRecords(one, depth, openSqliteEngine);
    assert.equal(cost.chargesPerRecord, one[1] === 1 ? 1 : 1.5, cost.name);
    for (const figure of [cost.drainMicros, cost.rateMicros, cost.recordsPerSecond]) {
      assert.ok(Number.isFinite(figure) && figure > 0, cost.name);
    }
  }
});

test('looks for rules are measured, and a plan has as many rules as it says', () => {
  assert.equal(measureLookups(depth).length, 2);
  for (const [kind, rules] of billedCases) {
    const terms = billedTerms(kind, rules);
    assert.equal(terms.rules.length, rules);
    assert.equal(new Set(terms.rules.map(({ id }) => id)).size, rules);
  }
});

test('100 µs a record and a microsecond a look are enough, and no figures are not', () => {
  const engines = (rateMicros: number) =>
    [{ costs: [{ drainMicros: 40, rateMicros }] }] as unknown as Parameters<typeof isWithin>[0];
  assert.equal(isWithin(engines(60), [{ micros: 1 }]), true);
  assert.equal(isWithin(engines(60.1), [{ micros: 1 }]), false);
  assert.equal(isWithin(engines(60), [{ micros: 1.01 }]), false);
  assert.equal(isWithin(engines(Number.NaN), [{ micros: 1 }]), false);
  assert.equal(isWithin([], []), false);
});

test('the command line of the measurement is strict', async () => {
  await assert.rejects(billingCost(['--fast']), /--fast/);
  await assert.rejects(billingCost(['--quick', '--record']), /--record wants a full run/);
});
