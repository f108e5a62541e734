import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { add, type Exact, exactZero, toNano } from '../../../kernel/exact.ts';
import type { StepUsage } from '../../conversations/message.ts';
import type { Price } from '../price.ts';
import { costParts, stepCost } from './step-cost.ts';

const rate = fc.bigInt({ min: 0n, max: 10n ** 15n });
const anyPrice: fc.Arbitrary<Price> = fc
  .record({
    input: rate,
    cachedInput: fc.option(rate),
    cacheWrite: fc.option(rate),
    output: rate,
  })
  .map((rates) => ({ id: 'prc_1', model: 'a/b', validFromMs: 0, currency: 'USD', rates }));

/** Usage whose parts fit into its totals. */
const anyUsage: fc.Arbitrary<StepUsage> = fc
  .tuple(...Array.from({ length: 5 }, () => fc.nat({ max: 5_000_000 })))
  .map(([fresh = 0, cachedTokens = 0, cacheWriteTokens = 0, visible = 0, reasoningTokens = 0]) => ({
    inputTokens: fresh + cachedTokens + cacheWriteTokens,
    cachedTokens,
    cacheWriteTokens,
    outputTokens: visible + reasoningTokens,
    reasoningTokens,
    isEstimated: false,
  }));

const usageOf = (change: Partial<StepUsage>): StepUsage => ({
  inputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  isEstimated: false,
  ...change,
});

test('a step costs the sum of its parts, and no token is in two of them', () => {
  fc.assert(
    fc.property(anyUsage, anyPrice, (usage, price) => {
      const { rates } = price;
      const fresh = usage.inputTokens - usage.cachedTokens - usage.cacheWriteTokens;
      // Counted by hand, in nano-units a million tokens.
      const sum =
        BigInt(fresh) * rates.input +
        BigInt(usage.cachedTokens) * (rates.cachedInput ?? rates.input) +
        BigInt(usage.cacheWriteTokens) * (rates.cacheWrite ?? rates.input) +
        BigInt(usage.outputTokens) * rates.output;
      const { nano } = stepCost(usage, price);
      const difference = nano * 1_000_000n - sum;
      assert.ok(difference <= 500_000n && difference >= -500_000n, 'rounded once');
      const parts = Object.values(costParts(usage, price)).reduce<Exact>(add, exactZero);
      assert.equal(toNano(parts), nano);
    }),
  );
});

test('more tokens never cost less', () => {
  const part = fc.constantFrom('fresh', 'cached', 'written', 'output');
  fc.assert(
    fc.property(anyUsage, anyPrice, part, fc.nat({ max: 1_000 }), (usage, price, where, more) => {
      const isInput = where !== 'output';
      const grown: StepUsage = {
        ...usage,
        inputTokens: usage.inputTokens + (isInput ? more : 0),
        cachedTokens: usage.cachedTokens + (where === 'cached' ? more : 0),
        cacheWriteTokens: usage.cacheWriteTokens + (where === 'written' ? more : 0),
        outputTokens: usage.outputTokens + (isInput ? 0 : more),
      };
      assert.ok(stepCost(grown, price).nano >= stepCost(usage, price).nano);
    }),
  );
});

test('reasoning is paid as output and not again', () => {
  fc.assert(
    fc.property(anyUsage, anyPrice, (usage, price) => {
      const without = { ...usage, reasoningTokens: 0 };
      assert.equal(stepCost(usage, price).nano, stepCost(without, price).nano);
    }),
  );
});

test('counts that do not fit are never paid twice', () => {
  const rates = { input: 1_000_000n, cachedInput: 500_000n, cacheWrite: 2_000_000n, output: 0n };
  const price = { id: 'prc_1', model: 'a/b', validFromMs: 0, currency: 'USD', rates };
  const nanoOf = (change: Partial<StepUsage>) => stepCost(usageOf(change), price).nano;
  assert.equal(nanoOf({ inputTokens: 100, cachedTokens: 500 }), 50n);
  assert.equal(nanoOf({ inputTokens: 100, cachedTokens: 60, cacheWriteTokens: 60 }), 30n + 80n);
  assert.equal(nanoOf({ inputTokens: -5, outputTokens: Number.NaN }), 0n);
});
