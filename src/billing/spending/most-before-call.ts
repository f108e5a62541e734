import { type Exact, exactOf, parseExact, roundTo } from '../../kernel/exact.ts';
import type { BillingRule } from '../plans/plan.ts';
import { mostNanoOfEvent } from '../rating/most-of-event.ts';
import { mostNanoOfSame } from '../rating/most-of-same.ts';
import { billedOf, type RuleHit } from '../rules/compile-rules.ts';

const NANO_DIGITS = 9;

/**
 * The most that a call costs by a rule, in billionths, as far as it is known before the call: what
 * its quantity costs at most where that is known, otherwise what the rule says that is held.
 * Undefined when it says nothing.
 */
export function mostBeforeCall(rule: BillingRule, bytesIn: bigint): bigint | undefined {
  const quantity = knownQuantity(rule, bytesIn);
  const most = quantity === undefined ? undefined : mostOf(rule, quantity);
  if (most !== undefined || rule.holdMaximum === undefined) return most;
  return roundTo(parseExact(rule.holdMaximum), NANO_DIGITS, 'up');
}

/** The most that a call costs by a rule that it is charged by; undefined when nothing bounds it. */
export function mostAfterCall(hit: RuleHit): bigint | undefined {
  return mostOfBilled(hit.rule, billedOf(hit));
}

function knownQuantity({ unit }: BillingRule, bytesIn: bigint): Exact | undefined {
  if (isOne(unit)) return exactOf(1n);
  return unit === 'byte_in' ? exactOf(bytesIn) : undefined;
}

function mostOf(rule: BillingRule, quantity: Exact): bigint | undefined {
  return mostOfBilled(rule, billedOf({ rule, quantity }));
}

function mostOfBilled({ unit, price }: BillingRule, quantity: Exact): bigint | undefined {
  return isOne(unit) ? mostNanoOfSame(price, quantity) : mostNanoOfEvent(price, quantity);
}

/** Units of which every exchange has one. */
function isOne(unit: BillingRule['unit']): boolean {
  return unit === 'call' || unit === 'success';
}
