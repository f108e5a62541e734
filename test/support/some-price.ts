import * as fc from 'fast-check';
import type { Price, Tier } from '../../src/billing/rating/price.ts';
import {
  add,
  exactZero,
  type Exact,
  formatExact,
  fraction,
  parseExact,
} from '../../src/kernel/exact.ts';

const amount = fc
  .tuple(fc.bigInt(0n, 10n ** 9n), fc.integer({ min: 0, max: 9 }))
  .map(([whole, digits]) => formatExact(fraction(whole, 10n ** BigInt(digits))));
const positive = fc
  .tuple(fc.bigInt(1n, 10n ** 6n), fc.integer({ min: 0, max: 3 }))
  .map(([whole, digits]) => formatExact(fraction(whole, 10n ** BigInt(digits))));
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(one, { nil: undefined });

/** Leaves out members that are undefined. */
const drop = <T extends object>(whole: T): T =>
  Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined)) as T;

const tier = fc
  .record({
    unitAmount: maybe(amount),
    flatAmount: maybe(amount),
    packageSize: maybe(positive),
    ratePercent: maybe(amount),
    maximumAmount: maybe(amount),
  })
  .map(drop);

const tiers = fc
  .array(fc.tuple(positive, tier), { minLength: 1, maxLength: 6 })
  .map((steps): readonly Tier[] => {
    let limit: Exact = exactZero;
    return steps.map(([width, step], index): Tier => {
      limit = add(limit, parseExact(width));
      return { ...step, upTo: index === steps.length - 1 ? null : formatExact(limit) } as Tier;
    });
  });

const terms = fc
  .record({
    included: maybe(positive),
    minimum: maybe(amount),
    maximum: maybe(amount),
    commitment: maybe(
      fc.record({ amount, overageFactor: fc.constantFrom('1', '1.5', '0.8', '2') }),
    ),
  })
  .map(drop);

/** A price with tiers. */
export const tieredPrice = fc
  .record({
    model: fc.constantFrom('graduated', 'volume'),
    tiers,
    firstFlatAtZero: fc.boolean(),
  })
  .chain((price) => terms.map((around) => ({ ...price, ...around }) as Price));

const simple = fc.oneof(
  fc.record({ model: fc.constant('flat'), amount }),
  fc.record({ model: fc.constant('unit'), unitAmount: amount }),
  fc.record({ model: fc.constant('package'), packageSize: positive, packageAmount: amount }),
  fc
    .record({
      model: fc.constant('percentage'),
      ratePercent: amount,
      fixedAmount: maybe(amount),
      freeEvents: maybe(fc.constantFrom('0', '1', '3')),
      freeAmount: maybe(positive),
      minimumPerEvent: maybe(amount),
      maximumPerEvent: maybe(amount),
    })
    .map(drop),
);
/** Any price. */
export const somePrice = fc.oneof(
  tieredPrice,
  simple.chain((one) => terms.map((around) => ({ ...one, ...around }) as Price)),
);
/** Up to so many quantities. */
export const priceEvents = (most: number): fc.Arbitrary<readonly Exact[]> =>
  fc.array(positive.map(parseExact), { minLength: 1, maxLength: most });
