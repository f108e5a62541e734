import { add, type Exact, exactZero, fraction, toNano } from '../../../kernel/exact.ts';
import type { StepUsage } from '../../conversations/message.ts';
import type { ModelCost } from '../model-book.ts';
import type { Price } from '../price.ts';

const NANO = 1_000_000_000n;
const TOKENS_PER_RATE = 1_000_000n;

/** What the parts of a step cost, exactly, in units of the currency. */
export interface CostParts {
  /** Of the prompt, what was neither read from a cache nor written to one. */
  readonly input: Exact;
  readonly cachedInput: Exact;
  readonly cacheWrite: Exact;
  /** Reasoning is a part of the output and costs nothing beside it. */
  readonly output: Exact;
}

/**
 * What a step costs, part by part. Tokens read from a cache or written to one are parts of the
 * prompt: each token is in one part, whatever the counts say.
 */
export function costParts(usage: StepUsage, { rates }: Pick<Price, 'rates'>): CostParts {
  const input = tokens(usage.inputTokens);
  const cached = least(tokens(usage.cachedTokens), input);
  const written = least(tokens(usage.cacheWriteTokens), input - cached);
  return {
    input: costOf(input - cached - written, rates.input),
    cachedInput: costOf(cached, rates.cachedInput ?? rates.input),
    cacheWrite: costOf(written, rates.cacheWrite ?? rates.input),
    output: costOf(tokens(usage.outputTokens), rates.output),
  };
}

/** What a step costs, the sum of its parts, rounded once to billionths (half to even). */
export function stepCost(usage: StepUsage, price: Price): ModelCost {
  const sum = Object.values(costParts(usage, price)).reduce<Exact>(add, exactZero);
  return { nano: toNano(sum), currency: price.currency };
}

function costOf(count: bigint, nanoPerMillion: bigint): Exact {
  return fraction(count * nanoPerMillion, TOKENS_PER_RATE * NANO);
}

function tokens(count: number): bigint {
  return Number.isFinite(count) && count > 0 ? BigInt(Math.trunc(count)) : 0n;
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
