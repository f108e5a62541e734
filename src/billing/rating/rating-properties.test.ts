import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  add,
  exactZero,
  type Exact,
  fraction,
  parseExact,
  subtract,
  toNano,
} from '../../kernel/exact.ts';
import { priceEvents, somePrice, tieredPrice } from '../../../test/support/some-price.ts';
import { advance, closeAmount, openState, retract } from './advance.ts';
import type { MeterState } from './meter-state.ts';
import type { Price } from './price.ts';

const rate = (one: Price, quantities: readonly Exact[]): readonly MeterState[] =>
  quantities.reduce(
    (states, quantity) => [...states, advance(one, states.at(-1) ?? openState(one), { quantity })],
    [openState(one)] as readonly MeterState[],
  );
const last = (states: readonly MeterState[]): MeterState => states.at(-1) as MeterState;

/** What is posted for each event, in billionths, after what is posted for the opening. */
const postings = (states: readonly MeterState[]): readonly bigint[] =>
  states.map((state, index) => {
    const before = states[index - 1];
    return toNano(state.amount) - (before === undefined ? 0n : toNano(before.amount));
  });

describe('20,000 random tier tables', () => {
  const runs = 4;
  for (let part = 1; part <= runs; part += 1) {
    test(`cost in total what their postings sum to, part ${part} of ${runs}`, () => {
      fc.assert(
        fc.property(tieredPrice, priceEvents(5), (one, quantities) => {
          const states = rate(one, quantities);
          const total = postings(states).reduce((sum, posted) => sum + posted, 0n);
          assert.equal(total, toNano(last(states).amount));
          const whole = quantities.reduce(add, exactZero);
          const { amount: atOnce } = advance(one, openState(one), { quantity: whole });
          assert.deepEqual(last(states).amount, atOnce);
        }),
        { numRuns: 5000 },
      );
    });
  }
});

describe('every price', () => {
  test('rated again is the same to the byte', () => {
    const text = (states: readonly MeterState[]): string =>
      JSON.stringify(states, (_key, value: unknown) =>
        typeof value === 'bigint' ? value.toString() : value,
      );
    fc.assert(
      fc.property(somePrice, priceEvents(4), (one, quantities) => {
        const copy = JSON.parse(JSON.stringify(one)) as Price;
        assert.equal(text(rate(copy, quantities)), text(rate(one, quantities)));
      }),
      { numRuns: 300 },
    );
  });

  test('takes back what was just counted', () => {
    fc.assert(
      fc.property(somePrice, priceEvents(4), (one, quantities) => {
        const states = rate(one, quantities);
        quantities.toReversed().reduce((state, quantity, back) => {
          const before = retract(one, state, { quantity });
          assert.deepEqual(before, states.at(-2 - back));
          return before;
        }, last(states));
      }),
      { numRuns: 1000 },
    );
  });

  test('closes between its minimum and its maximum, and never below what was posted', () => {
    fc.assert(
      fc.property(somePrice, priceEvents(4), (one, quantities) => {
        const state = last(rate(one, quantities));
        const closed = closeAmount(one, state);
        const isAtLeast = (floor: Exact): boolean => subtract(closed, floor).numerator >= 0n;
        if (one.maximum !== undefined)
          assert.ok(!isAtLeast(add(parseExact(one.maximum), fraction(1n, 10n))));
        else assert.ok(isAtLeast(parseExact(one.minimum ?? '0')));
        assert.ok(isAtLeast(state.amount));
      }),
      { numRuns: 300 },
    );
  });
});
