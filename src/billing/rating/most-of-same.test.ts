import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Exact, exactOf, formatExact, fraction, toNano } from '../../kernel/exact.ts';
import { advance, openState } from './advance.ts';
import { mostNanoOfSame } from './most-of-same.ts';
import type { Price } from './price.ts';

const [one, nano] = [exactOf(1n), 1_000_000_000n];

test('a price in whole billionths is its own most', () => {
  const most = (price: Price, quantity: Exact = one) => mostNanoOfSame(price, quantity);
  assert.equal(most({ model: 'unit', unitAmount: '0.25' }), nano / 4n);
  assert.equal(most({ model: 'flat', amount: '2' }), 2n * nano);
  assert.equal(most({ model: 'unit', unitAmount: '0' }), 0n);
  const tiers = [
    { upTo: '10', unitAmount: '3' },
    { upTo: null, unitAmount: '1', flatAmount: '5' },
  ];
  assert.equal(most({ model: 'graduated', tiers }), 8n * nano);
  const sizes = { packageSize: '10', packageAmount: '2' };
  assert.equal(most({ model: 'package', ...sizes }), 2n * nano);
});

test('a total that may be rounded keeps its billionth', () => {
  const most = (price: Price) => mostNanoOfSame(price, one);
  assert.equal(most({ model: 'unit', unitAmount: '1/3' }), 333_333_335n);
  assert.equal(most({ model: 'unit', unitAmount: '0.0000000005' }), 2n);
  const part = { model: 'unit', unitAmount: '0.000000001', included: '0.5' } as const;
  assert.equal(most(part), 2n);
  const committed = { amount: '1', overageFactor: '1.5' };
  assert.equal(most({ model: 'unit', unitAmount: '5', commitment: committed }), 7_500_000_001n);
});

const amount = fc
  .tuple(fc.bigInt(0n, 10n ** 6n), fc.integer({ min: 0, max: 10 }))
  .map(([whole, digits]) => formatExact(fraction(whole, 10n ** BigInt(digits))));
const size = fc.bigInt(1n, 40n).map((whole) => formatExact(fraction(whole, 4n)));
const tier = fc.record(
  { unitAmount: amount, flatAmount: amount, packageSize: size, ratePercent: amount },
  { requiredKeys: [] },
);
const tiers = fc.array(tier, { minLength: 1, maxLength: 4 }).map((steps) =>
  steps.map((step, at) => ({
    ...step,
    upTo: at === steps.length - 1 ? null : `${(at + 1) * 3}`,
  })),
);
const model = fc.oneof(
  fc.record({ model: fc.constant('flat' as const), amount }),
  fc.record({ model: fc.constant('unit' as const), unitAmount: amount }),
  fc.record({
    model: fc.constant('package' as const),
    packageSize: size,
    packageAmount: amount,
    rounding: fc.constantFrom('up' as const, 'down', 'half_up', 'half_even'),
  }),
  fc.record({ model: fc.constantFrom('graduated' as const), tiers }),
);
const around = fc.record({ included: size, maximum: amount }, { requiredKeys: [] });
const quantity = fc.oneof(
  fc.constant(one),
  fc.bigInt(1n, 20n).map((whole) => fraction(whole, 4n)),
);

test('no event of a quantity that is always the same costs more', () => {
  const prices = fc.tuple(model, around).map(([price, terms]): Price => ({ ...price, ...terms }));
  fc.assert(
    fc.property(prices, quantity, fc.nat(25), (price, each, events) => {
      const most = mostNanoOfSame(price, each);
      assert.ok(most !== undefined);
      let state = openState(price);
      for (let event = 0; event < events; event++) {
        const next = advance(price, state, { quantity: each });
        const charge = toNano(next.amount) - toNano(state.amount);
        assert.ok(charge <= most, `${charge} is more than ${most}`);
        state = next;
      }
    }),
    { numRuns: 1_000 },
  );
});
