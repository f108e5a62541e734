import { formatExact } from '../../kernel/exact.ts';
import { limits } from '../../kernel/limits.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import { billedOf, type RuleHit } from '../rules/compile-rules.ts';
import { isTrial } from '../plans/is-trial.ts';
import type { DraftCharge } from './book-charges.ts';
import { gateKey } from './gate-key.ts';
import { refusalOf, type MatchedRecord, type RefusedRecord } from './match-records.ts';
import type { Meter } from './meter.ts';
import { openAccounts, type Books, type OpenAccount } from './open-accounts.ts';
import type { MeterStep, RunningMeter } from './running-meter.ts';
import { freeOf } from './paid-part.ts';

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
  const accounts = openAccounts(books, nowMs);
  for (const match of matched) {
    try {
      const account = accounts.of(match);
      const steps: ChargeStep[] = [];
      for (const hit of match.hits) {
        const key = gateKey(hit.rule.unit, match.record);
        const mark = gateMark(key, hit.rule.unit);
        if (!passed.has(mark)) steps.push(chargeHit(match, hit, account, key, mark));
      }
      const isFree = isTrial(match.plan.subscription, match.record.startedAtMs);
      // Only now, so that a record that fails at its second rule leaves no trace of its first.
      for (const { mark, charge, meter, after } of steps) {
        passed.add(mark);
        charges.push(isFree ? freeOf(charge) : charge);
        if (!isFree) meter.take(after);
      }
    } catch (error) {
      refused.push(refusalOf(match.record, error));
    }
  }
  return { charges, meters: accounts.moved(), refused };
}

/** Throws RangeError for an amount that no posting may have. */
export function checkAmount(amount: MoneyNano): MoneyNano {
  const size = amount < 0n ? -amount : amount;
  if (size > limits.chargeNanoMax) throw new RangeError('An amount is beyond what can be posted.');
  return amount;
}

/** A record on its way through one gate. */
interface ChargeStep {
  readonly mark: string;
  readonly charge: DraftCharge;
  readonly meter: RunningMeter;
  readonly after: MeterStep;
}

function chargeHit(
  { record }: MatchedRecord,
  hit: RuleHit,
  { plan, period, share, billedStartMs, nowMs, meterOf }: OpenAccount,
  key: string,
  mark: string,
): ChargeStep {
  const { rule } = hit;
  const quantity = billedOf(hit);
  const meter = meterOf(rule);
  const { posted } = meter;
  const after = meter.next(quantity);
  const charge: DraftCharge = {
    gateKey: key,
    ruleId: rule.id,
    seq: 0,
    unit: rule.unit,
    kind: share === null ? 'usage' : 'late',
    usageId: record.id,
    planVersionId: plan.version.id,
    subscriptionId: plan.subscription.id,
    periodStartMs: billedStartMs,
    servicePeriodStartMs: period.startMs,
    quantity: formatExact(quantity),
    amount: checkAmount(after.posted - posted),
    currency: plan.version.terms.currency,
    atMs: nowMs,
  };
  return { mark, charge, meter, after };
}
