import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { add, type Exact, exactOf, formatExact, fraction, toNano } from '../../kernel/exact.ts';
import { advance, openState } from './advance.ts';
import { mostNanoOfEvent } from './most-of-event.ts';
import type { Price, Tier } from './price.ts';

const [one, nano] = [exactOf(1n), 1_000_000_000n];

test('the most of an event is known for prices whose events stand for themselves', () => {
  const most = (price: Price, quantity: Exact = one) => mostNanoOfEvent(price, quantity);
  assert.equal(most({ model: 'unit', unitAmount: '0.25' }), nano / 4n + 1n);
  assert.equal(most({ model: 'unit', unitAmount: '0' }), 0n);
  assert.equal(most({ model: 'unit', unitAmount: '5', maximum: '2' }), 2n * nano + 1n);
  const committed = { amount: '1', overageFactor: '3' };
  assert.equal(most({ model: 'unit', unitAmount: '5', commitment: committed }), 15n * nano + 1n);
  const packages = { model: 'package', packageSize: '10', packageAmount: '2' } as const;
  assert.equal(most(packages, exactOf(11n)), 4n * nano + 1n);
  const percentage = { model: 'percentage', ratePercent: '10', fixedAmount: '1' } as const;
  assert.equal(most({ ...percentage, freeEvents: '9' }, exactOf(20n)), 3n * nano + 1n);
});

test('halves that are rounded to even may cost two packages for one', () => {
  const sizes = { packageSize: '1', packageAmount: '1', rounding: 'half_even' } as const;
  const price: Price = { model: 'package', ...sizes };
  const half = advance(price, openState(price), { quantity: fraction(1n, 2n) });
  const more = advance(price, half, { quantity: one });
  const charge = toNano(more.amount) - toNano(half.amount);
  assert.equal(charge, 2n * nano);
  assert.equal(mostNanoOfEvent(price, one), 2n * nano + 1n);
});

test('of tiers it is the dearest run that an event can lie in', () => {
  const tiers: readonly Tier[] = [
    { upTo: '10', unitAmount: '3' },
    { upTo: '20', unitAmount: '1', flatAmount: '5' },
    { upTo: null, unitAmount: '2', flatAmount: '50' },
  ];
  const most = (quantity: bigint) =>
    mostNanoOfEvent({ model: 'graduated', tiers }, exactOf(quantity));
  assert.equal(most(1n), 52n * nano + 1n, 'from the second to the third');
  assert.equal(most(11n), (3n * 11n + 55n) * nano + 1n, 'over all of them');
  assert.equal(mostNanoOfEvent({ model: 'volume', tiers }, one), undefined);
});

const amount = fc
  .tuple(fc.bigInt(0n, 10n ** 6n), fc.integer({ min: 0, max: 10 }))
  .map(([whole, digits]) => formatExact(fraction(whole, 10n ** BigInt(digits))));
const size = fc.bigInt(1n, 40n).map((whole) => formatExact(fraction(whole, 4n)));
const maybe = { requiredKeys: [] };
const tier = fc.record(
  { unitAmount: amount, flatAmount: amount, packageSize: size, ratePercent: amount },
  maybe,
);
const tiers = fc.array(tier, { minLength: 1, maxLength: 5 }).map((steps): readonly Tier[] =>
  steps.map((step, index) => {
    return { ...step, upTo: index === steps.length - 1 ? null : String((index + 1) * 3) };
  }),
);
const rounding = fc.constantFrom('up', 'down', 'half_up', 'half_even');
const model = fc.oneof(
  fc.record({ model: fc.constant('flat'), amount }),
  fc.record({ model: fc.constant('unit'), unitAmount: amount }),
  fc.record({ model: fc.constant('package'), packageSize: size, packageAmount: amount, rounding }),
  fc.record({ model: fc.constant('graduated'), tiers }),
  fc.record(
    {
      model: fc.constant('percentage'),
      ratePercent: amount,
      fixedAmount: amount,
      freeEvents: fc.constantFrom('1', '3'),
      freeAmount: size,
      minimumPerEvent: amount,
      maximumPerEvent: amount,
    },
    { requiredKeys: ['model', 'ratePercent'] },
  ),
);
const terms = fc.record(
  {
    included: size,
    maximum: amount,
    commitment: fc.record({ amount, overageFactor: fc.constantFrom('0.5', '1', '2.5') }),
  },
  maybe,
);
const quantity = fc.bigInt(1n, 60n).map((whole) => fraction(whole, 4n));

test('no event costs more than the most, whatever came before it', () => {
  const prices = fc.tuple(model, terms).map(([price, around]): Price => ({ ...price, ...around }));
  fc.assert(
    fc.property(prices, fc.array(quantity, { minLength: 1, maxLength: 12 }), (price, events) => {
      let state = openState(price);
      for (const event of events) {
        const next = advance(price, state, { quantity: event });
        const charge = toNano(next.amount) - toNano(state.amount);
        const most = mostNanoOfEvent(price, event) ?? assert.fail('unknown');
        assert.ok(charge <= most, `${charge} of ${most}`);
        state = next;
      }
    }),
    { numRuns: 1_500 },
  );
});

test('an event that is larger costs no less at most', () => {
  fc.assert(
    fc.property(model, quantity, quantity, (price, some, more) => {
      const most = (of: Exact) => mostNanoOfEvent(price, of) ?? 0n;
      assert.ok(most(some) <= most(add(some, more)));
    }),
  );
});
