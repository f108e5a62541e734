import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { priceEvents, somePrice } from '../../../test/support/some-price.ts';
import {
  add,
  exactOf,
  exactZero,
  fraction,
  parseExact,
  toNano,
  type Exact,
} from '../../kernel/exact.ts';
import type { BillingRule } from '../plans/plan.ts';
import { advance, openState } from '../rating/advance.ts';
import type { MeterState } from '../rating/meter-state.ts';
import { priceLines } from '../rating/price-lines.ts';
import type { Price } from '../rating/price.ts';
import { dueAmount } from './meter.ts';
import { RunningMeter } from './running-meter.ts';

const key = { subscriptionId: 'sub_1', ruleId: 'rule', periodStartMs: 0 };
const ruleOf = (price: Price): BillingRule => {
  return { id: 'rule', title: '', match: {}, unit: 'call', price, priority: 0 };
};

/** Quantities as records have them: whole ones, thousandths, minutes, nothing. */
const counted = fc.oneof(
  fc.bigInt(0n, 2_000_000n).map(exactOf),
  fc.bigInt(1n, 10n ** 9n).map((whole) => fraction(whole, 1_000n)),
  fc.bigInt(1n, 10n ** 9n).map((whole) => fraction(whole, 60_000_000n)),
  priceEvents(1).map(([one = exactZero]) => one),
);
/** A price less what keeps it from being drawn. */
function straightened(price: Price): Price {
  const leftOut = new Set(['maximum', 'commitment', 'packageSize', 'maximumAmount']);
  const text = JSON.stringify(price, (key, value: unknown) =>
    leftOut.has(key) ? undefined : value,
  );
  return price.model === 'package' ? price : (JSON.parse(text) as Price);
}

const price = fc.oneof(somePrice, somePrice.map(straightened), somePrice.map(straightened));
const share = fc.constantFrom(null, exactOf(1n), fraction(1n, 3n));

test('a running meter posts and keeps exactly what asking the price each time does', () => {
  let drawn = 0;
  fc.assert(
    fc.property(
      price,
      fc.array(counted, { maxLength: 4 }),
      fc.array(counted, { minLength: 1, maxLength: 8 }),
      share,
      (one, earlier, quantities, closed) => {
        const rule = ruleOf(one);
        const step = (state: MeterState, quantity: Exact) => advance(one, state, { quantity });
        let state = earlier.reduce(step, openState(one));
        const posted = dueAmount(rule, state, null);
        const lines = priceLines(one);
        if (lines !== undefined && closed === null) drawn++;
        const terms = { rule, lines, share: closed };
        const meter = new RunningMeter(key, terms, { ...key, state, posted });
        for (const quantity of quantities) {
          state = step(state, quantity);
          const next = meter.next(quantity);
          assert.equal(next.posted, dueAmount(rule, state, closed));
          // Asking twice moves nothing.
          assert.equal(meter.next(quantity).posted, next.posted);
          meter.take(next);
        }
        const last = { ...key, state, posted: dueAmount(rule, state, closed) };
        assert.deepEqual(meter.meter(), last);
        assert.equal(meter.isMoved, true);
      },
    ),
    { numRuns: 3_000 },
  );
  assert.ok(drawn > 200, `only ${drawn} prices were drawn as lines`);
});

test('a limit belongs to its own tier, nothing to none, and what is included to no one', () => {
  const tiers = [
    { upTo: '3', unitAmount: '2', flatAmount: '1' },
    { upTo: '10.5', unitAmount: '1', flatAmount: '7' },
    { upTo: null, unitAmount: '1/3', ratePercent: '2' },
  ];
  const prices = (['graduated', 'volume'] as const).flatMap((model): Price[] => [
    { model, tiers },
    { model, tiers, firstFlatAtZero: true },
    { model, tiers, included: '4' },
  ]);
  for (const price of [...prices, { model: 'flat', amount: '5', included: '4' } as const]) {
    const lines = priceLines(price);
    for (const total of ['0', '0.001', '2.999', '3', '3.001', '4', '4.001', '7', '7.001', '10.5']) {
      for (const more of ['0', '0.001', '4', '4.001']) {
        const quantity = add(parseExact(total), parseExact(more));
        const { amount } = advance(price, openState(price), { quantity });
        const drawn = lines?.amountAt(quantity.numerator * 6n, quantity.denominator * 6n);
        assert.equal(drawn, toNano(amount), `${JSON.stringify(price)} at ${total} + ${more}`);
      }
    }
  }
});

test('a meter that begins has nothing posted, and has not moved', () => {
  const rule = ruleOf({ model: 'unit', unitAmount: '2' });
  const meter = new RunningMeter(
    key,
    { rule, lines: priceLines(rule.price), share: null },
    undefined,
  );
  assert.deepEqual([meter.posted, meter.isMoved], [0n, false]);
  assert.deepEqual(meter.meter().state, openState(rule.price));
});

test('a total behind the last tier is refused, and leaves the meter where it was', () => {
  const tiers = [{ upTo: '3', unitAmount: '1' }];
  const rule = ruleOf({ model: 'graduated', tiers });
  const lines = priceLines(rule.price);
  const meter = new RunningMeter(key, { rule, lines, share: null }, undefined);
  meter.take(meter.next(parseExact('3')));
  assert.throws(() => meter.next(parseExact('0.001')), RangeError);
  assert.equal(meter.meter().posted, 3_000_000_000n);
});

test('prices that jump, look at single events or act on their amount are not drawn', () => {
  const unit = { model: 'unit', unitAmount: '1' } as const;
  const tier = { upTo: null, unitAmount: '1' };
  const undrawn: readonly Price[] = [
    { model: 'package', packageSize: '10', packageAmount: '1' },
    { model: 'percentage', ratePercent: '2' },
    { ...unit, maximum: '5' },
    { ...unit, commitment: { amount: '5' } },
    { model: 'graduated', tiers: [{ ...tier, packageSize: '2' }] },
    { model: 'volume', tiers: [{ ...tier, maximumAmount: '2' }] },
    {
      model: 'volume',
      tiers: [
        { ...tier, upTo: '2' },
        { ...tier, upTo: '2' },
      ],
    },
  ];
  for (const price of undrawn) assert.equal(priceLines(price), undefined);
  for (const price of [unit, { ...unit, minimum: '5', included: '2' }]) {
    assert.notEqual(priceLines(price), undefined);
  }
});
