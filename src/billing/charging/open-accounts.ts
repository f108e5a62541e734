import type { Exact } from '../../kernel/exact.ts';
import type { Period } from '../periods/period-at.ts';
import type { BillingRule } from '../plans/plan.ts';
import type { MatchedRecord } from './match-records.ts';
import { meterMark, periodMark, type BookedPeriod, type Meter } from './meter.ts';
import { RunningMeter } from './running-meter.ts';
import { periodOf, type SubscribedPlan } from './subscribed-plan.ts';

/** What is in the books before records are charged, as far as it concerns them. */
export interface Books {
  /** Gates that were passed, as `gateMark` writes them. */
  readonly passed: ReadonlySet<string>;
  readonly periods: ReadonlyMap<string, BookedPeriod>;
  readonly meters: ReadonlyMap<string, Meter>;
}

/** One period of a subscription, while records are charged to it. */
export interface OpenAccount {
  readonly plan: SubscribedPlan;
  readonly period: Period;
  readonly share: Exact | null;
  /** A closed period stays as it was billed: what comes late is billed in the open one. */
  readonly billedStartMs: number;
  readonly nowMs: number;
  meterOf(rule: BillingRule): RunningMeter;
}

/** The periods that records are charged to, with their counters. */
export interface OpenAccounts {
  of(match: MatchedRecord): OpenAccount;
  /** The counters that moved, as they are now. */
  moved(): readonly Meter[];
}

/** Opens accounts as records ask for them. */
export function openAccounts(books: Books, nowMs: number): OpenAccounts {
  const accounts = new Map<string, OpenAccount>();
  const meters: RunningMeter[] = [];
  let last: OpenAccount | undefined;
  const open = (plan: SubscribedPlan, period: Period, mark: string): OpenAccount => {
    const share = books.periods.get(mark)?.share ?? null;
    const byRule = new Map<BillingRule, RunningMeter>();
    const begin = (rule: BillingRule): RunningMeter => {
      const [subscriptionId, ruleId] = [plan.subscription.id, rule.id];
      const key = { subscriptionId, ruleId, periodStartMs: period.startMs };
      const terms = { rule, lines: plan.version.linesOf(rule), share };
      const meter = new RunningMeter(key, terms, books.meters.get(meterMark(key)));
      byRule.set(rule, meter);
      meters.push(meter);
      return meter;
    };
    return {
      plan,
      period,
      share,
      billedStartMs: share === null ? period.startMs : periodOf(plan, nowMs).startMs,
      nowMs,
      meterOf: (rule) => byRule.get(rule) ?? begin(rule),
    };
  };
  return {
    of: ({ plan, period }) => {
      // Most records are of the same period as the one before.
      if (last?.plan === plan && last.period === period) return last;
      const mark = periodMark(plan.subscription.id, period.startMs);
      last = accounts.get(mark) ?? open(plan, period, mark);
      accounts.set(mark, last);
      return last;
    },
    moved: () => meters.flatMap((meter) => (meter.isMoved ? [meter.meter()] : [])),
  };
}
