import { type Exact, exactOf, fraction, parseExact } from '../../kernel/exact.ts';
import type { UsageOutcome } from '../../metering/store.ts';
import type { BillingRule, BillingUnit } from '../plans/plan.ts';
import type { BillingFacts } from './billing-facts.ts';

const ONE = exactOf(1n);

/** What was used even though no result came of it, or none yet. */
const quantityOutcomes: readonly UsageOutcome[] = [
  'ok',
  'tool_error',
  'cancelled',
  'upstream_lost',
  'part',
];

/** Units of which there is more and more while an exchange runs. */
const growing: ReadonlySet<BillingUnit> = new Set([
  'millisecond',
  'stream_minute',
  'byte_in',
  'byte_out',
  'event',
]);

/**
 * Whether a rule charges a long exchange while it runs. One that asks how an exchange ended, or is
 * not paid for parts, charges it at its end.
 */
export function chargesParts({ unit, match, billableOutcomes: named }: BillingRule): boolean {
  if (!growing.has(unit) || match.outcomes !== undefined) return false;
  return named === undefined || named.includes('part');
}

/** The outcomes that are paid for when a rule of this unit names none. */
function defaultOutcomes(unit: BillingUnit): readonly UsageOutcome[] {
  if (unit === 'call') return ['ok', 'tool_error'];
  if (unit === 'success' || unit === 'reported_price') return ['ok'];
  return quantityOutcomes;
}

/** The outcomes that a rule is paid for; what was rejected never is. */
export function billableOutcomes(rule: BillingRule): ReadonlySet<UsageOutcome> {
  const named = rule.billableOutcomes ?? rule.match.outcomes ?? defaultOutcomes(rule.unit);
  return new Set(named.filter((outcome) => outcome !== 'rejected'));
}

/**
 * What a unit counts in an exchange: bytes, events, milliseconds to the microsecond, amounts of
 * money in `currency`. Undefined when there is nothing of it, or when a price is in another
 * currency.
 */
export function billedQuantity(
  unit: BillingUnit,
  facts: BillingFacts,
  currency: string,
): Exact | undefined {
  const quantity = readQuantity(unit, facts, currency);
  return quantity === undefined || quantity.numerator <= 0n ? undefined : quantity;
}

/** How much of that the earlier records of a long exchange have; undefined when they have none. */
export function quantityBefore(unit: BillingUnit, { before }: BillingFacts): Exact | undefined {
  if (before === undefined || !growing.has(unit)) return undefined;
  const quantity = readGrowing(unit, before);
  return quantity === undefined || quantity.numerator <= 0n ? undefined : quantity;
}

function readQuantity(unit: BillingUnit, facts: BillingFacts, currency: string) {
  switch (unit) {
    case 'call':
    case 'success':
      return ONE;
    case 'reported_price':
      return readPrice(facts.quantities[unit], currency);
    default: {
      if (growing.has(unit)) return readGrowing(unit, facts);
      const text = facts.quantities[unit];
      return text === undefined ? undefined : parseExact(text);
    }
  }
}

type GrowingFacts = Pick<BillingFacts, 'durationMs' | 'bytesIn' | 'bytesOut' | 'events'>;

function readGrowing(unit: BillingUnit, facts: GrowingFacts): Exact | undefined {
  switch (unit) {
    case 'millisecond':
      return fraction(microseconds(facts), 1_000n);
    case 'stream_minute':
      return fraction(microseconds(facts), 60_000_000n);
    case 'byte_in':
      return exactOf(BigInt(facts.bytesIn));
    case 'byte_out':
      return exactOf(BigInt(facts.bytesOut));
    case 'event':
      return exactOf(BigInt(facts.events));
    default:
      return undefined;
  }
}

function microseconds({ durationMs }: GrowingFacts): bigint {
  return BigInt(Math.round(durationMs * 1_000));
}

function readPrice(text: string | undefined, currency: string): Exact | undefined {
  const [amount, of] = text?.split(' ') ?? [];
  return amount === undefined || of !== currency ? undefined : parseExact(amount);
}
