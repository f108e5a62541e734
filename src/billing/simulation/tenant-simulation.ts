import { add, exactZero, formatExact, parseExact, type Exact } from '../../kernel/exact.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import type { UsageRecord } from '../../metering/store.ts';
import type { DraftCharge } from '../charging/book-charges.ts';
import { closingCharges } from '../charging/charge-period.ts';
import { chargeRecords, gateMark } from '../charging/charge-records.ts';
import { gateKey } from '../charging/gate-key.ts';
import { matchRecords, type MatchedRecord } from '../charging/match-records.ts';
import { meterMark, shareOf, type BookedPeriod, type Meter } from '../charging/meter.ts';
import { periodOf, type SubscribedPlan } from '../charging/subscribed-plan.ts';
import type { Period } from '../periods/period-at.ts';
import { askedFacts, type AskedFacts } from '../rules/asked-facts.ts';

/** What one rule would have come to. */
export interface SimulatedRule {
  readonly ruleId: string;
  readonly charges: number;
  /** Exact, as text. */
  readonly quantity: string;
  readonly amount: MoneyNano;
}

/** What a tenant would have been charged. */
export interface SimulatedTenant {
  readonly records: number;
  readonly amount: MoneyNano;
  /** The rules that came to something, the dearest first. */
  readonly rules: readonly SimulatedRule[];
  /** Records that could not be rated. */
  readonly refused: number;
  /** Records that do not tell what a rule asks: nobody asked when they were made. */
  readonly unknown: number;
}

interface RuleSum {
  charges: number;
  quantity: Exact;
  amount: MoneyNano;
}

const noPeriods: ReadonlyMap<string, BookedPeriod> = new Map();

/**
 * Charges the records of one tenant in memory by the functions that charge in earnest. The
 * subscription of `plan` begins and ends with the time that is looked at, so all counters begin at
 * nothing there, and minimums are due for that part of a period.
 */
export class TenantSimulation {
  readonly #plan: SubscribedPlan;
  readonly #slugs: ReadonlyMap<string, string>;
  readonly #asked: AskedFacts | undefined;
  readonly #passed = new Set<string>();
  readonly #meters = new Map<string, Meter>();
  readonly #sums = new Map<string, RuleSum>();
  #records = 0;
  #refused = 0;
  #unknown = 0;

  constructor(plan: SubscribedPlan, slugs: ReadonlyMap<string, string>) {
    this.#plan = plan;
    this.#slugs = slugs;
    this.#asked = askedFacts(plan.version.terms.rules);
  }

  /** Charges records in the order of time. */
  add(records: readonly UsageRecord[]): void {
    const { matched, refused } = matchRecords(records, [this.#plan], this.#slugs);
    const passed = new Set(matched.flatMap(marksOf).filter((mark) => this.#passed.has(mark)));
    const books = { passed, periods: noPeriods, meters: this.#meters };
    const charged = chargeRecords(matched, books, 0);
    for (const { gateKey: key, unit } of charged.charges) this.#passed.add(gateMark(key, unit));
    this.#book(charged.charges, charged.meters);
    this.#records += records.length;
    this.#refused += refused.length + charged.refused.length;
    this.#unknown += records.filter((record) => isUnknown(this.#asked, record)).length;
  }

  /** Closes all periods and says what came of it; what is due at their start is due then too. */
  end(): SimulatedTenant {
    const { subscription } = this.#plan;
    for (const period of periodsOf(this.#plan)) {
      const own = [...this.#meters].filter(([, meter]) => meter.periodStartMs === period.startMs);
      const share = shareOf(subscription, period);
      const closed = closingCharges(this.#plan, period, new Map(own), share, period.endMs);
      this.#book(closed.charges, closed.meters);
    }
    const rules = [...this.#sums].map(([ruleId, { quantity, ...sum }]) => ({
      ruleId,
      ...sum,
      quantity: formatExact(quantity),
    }));
    return {
      records: this.#records,
      amount: rules.reduce((sum, { amount }) => sum + amount, 0n),
      rules: rules.toSorted((one, other) => descending(one.amount, other.amount)),
      refused: this.#refused,
      unknown: this.#unknown,
    };
  }

  #book(charges: readonly DraftCharge[], meters: readonly Meter[]): void {
    for (const meter of meters) this.#meters.set(meterMark(meter), meter);
    for (const { ruleId, quantity, amount } of charges) {
      const sum = this.#sums.get(ruleId) ?? { charges: 0, quantity: exactZero, amount: 0n };
      sum.charges++;
      sum.quantity = add(sum.quantity, parseExact(quantity));
      sum.amount += amount;
      this.#sums.set(ruleId, sum);
    }
  }
}

/** Below 0 when the first amount is the larger one. */
export function descending(one: MoneyNano, other: MoneyNano): number {
  if (one === other) return 0;
  return one > other ? -1 : 1;
}

function periodsOf(plan: SubscribedPlan): readonly Period[] {
  const { startsAtMs, endsAtMs } = plan.subscription;
  const periods: Period[] = [];
  for (let atMs = startsAtMs; atMs < (endsAtMs ?? startsAtMs);) {
    const period = periodOf(plan, atMs);
    periods.push(period);
    atMs = period.endMs;
  }
  return periods;
}

function marksOf({ record, hits }: MatchedRecord): readonly string[] {
  return hits.map(({ rule: { unit } }) => gateMark(gateKey(unit, record), unit));
}

/** What a record keeps of a call is what the plan of its day asked for. */
function isUnknown(asked: AskedFacts | undefined, { attributes, method }: UsageRecord): boolean {
  if (asked === undefined || method !== 'tools/call' || attributes !== null) return false;
  return asked.roles.length + asked.groups.length + asked.arguments.length > 0;
}
