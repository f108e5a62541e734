import { formatExact } from '../../kernel/exact.ts';
import { limits } from '../../kernel/limits.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import { advance, openState } from '../rating/advance.ts';
import { transformQuantity } from '../rating/quantity-transform.ts';
import type { RuleHit } from '../rules/compile-rules.ts';
import type { DraftCharge } from './book-charges.ts';
import { gateKey } from './gate-key.ts';
import { refusalOf, type MatchedRecord, type RefusedRecord } from './match-records.ts';
import { dueAmount, meterMark, periodMark, type BookedPeriod, type Meter } from './meter.ts';
import { periodOf } from './subscribed-plan.ts';

/** What is in the books before records are charged, as far as it concerns them. */
export interface Books {
  /** Gates that were passed, as `gateMark` writes them. */
  readonly passed: ReadonlySet<string>;
  readonly periods: ReadonlyMap<string, BookedPeriod>;
  readonly meters: ReadonlyMap<string, Meter>;
}

/** What charging came to. */
export interface Charged {
  readonly charges: readonly DraftCharge[];
  /** The counters that moved, as they are now. */
  readonly meters: readonly Meter[];
  readonly refused: readonly RefusedRecord[];
}

/** One text for a gate: a key and a unit, for of the rules of a unit only one is met. */
export function gateMark(key: string, unit: string): string {
  return `${unit} ${key}`;
}

/** Charges records in their order: each passes its gates once and moves its counters. */
export function chargeRecords(
  matched: readonly MatchedRecord[],
  books: Books,
  nowMs: number,
): Charged {
  const charges: DraftCharge[] = [];
  const refused: RefusedRecord[] = [];
  const passed = new Set(books.passed);
  const moved = new Map<string, Meter>();
  for (const match of matched) {
    const meterOf = (mark: string) => moved.get(mark) ?? books.meters.get(mark);
    try {
      const steps = match.hits.flatMap((hit) => {
        const mark = gateMark(gateKey(hit.rule.unit, match.record), hit.rule.unit);
        if (passed.has(mark)) return [];
        return [{ mark, ...chargeHit(match, hit, books, meterOf, nowMs) }];
      });
      // Only now, so that a record that fails at its second rule leaves no trace of its first.
      for (const { mark, charge, meter } of steps) {
        passed.add(mark);
        charges.push(charge);
        moved.set(meterMark(meter), meter);
      }
    } catch (error) {
      refused.push(refusalOf(match.record, error));
    }
  }
  return { charges, meters: [...moved.values()], refused };
}

/** Throws RangeError for an amount that no posting may have. */
export function checkAmount(amount: MoneyNano): MoneyNano {
  const size = amount < 0n ? -amount : amount;
  if (size > limits.chargeNanoMax) throw new RangeError('An amount is beyond what can be posted.');
  return amount;
}

function chargeHit(
  { record, plan, period }: MatchedRecord,
  { rule, quantity: counted }: RuleHit,
  books: Books,
  meterOf: (mark: string) => Meter | undefined,
  nowMs: number,
): { readonly charge: DraftCharge; readonly meter: Meter } {
  const quantity =
    rule.transform === undefined ? counted : transformQuantity(rule.transform, counted);
  const { id: subscriptionId } = plan.subscription;
  const key = { subscriptionId, ruleId: rule.id, periodStartMs: period.startMs };
  const before = meterOf(meterMark(key)) ?? { state: openState(rule.price), posted: 0n };
  const share = books.periods.get(periodMark(subscriptionId, period.startMs))?.share ?? null;
  const state = advance(rule.price, before.state, { quantity });
  const posted = dueAmount(rule, state, share);
  const isLate = share !== null;
  return {
    charge: {
      gateKey: gateKey(rule.unit, record),
      ruleId: rule.id,
      seq: 0,
      unit: rule.unit,
      kind: isLate ? 'late' : 'usage',
      usageId: record.id,
      planVersionId: plan.version.id,
      subscriptionId,
      // A closed period stays as it was billed: what comes late is billed in the open one.
      periodStartMs: isLate ? periodOf(plan, nowMs).startMs : period.startMs,
      servicePeriodStartMs: period.startMs,
      quantity: formatExact(quantity),
      amount: checkAmount(posted - before.posted),
      currency: plan.version.terms.currency,
      atMs: nowMs,
    },
    meter: { ...key, state, posted },
  };
}
