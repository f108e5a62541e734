import { limits } from '../../kernel/limits.ts';
import type { UsageRecord } from '../../metering/store.ts';
import type { Period } from '../periods/period-at.ts';
import { billingFacts, type BilledRecord } from '../rules/billing-facts.ts';
import type { RuleHit } from '../rules/compile-rules.ts';
import { periodOf, planAt, type SubscribedPlan } from './subscribed-plan.ts';

/** The part of a usage record that rating reads. */
export type RatedUsage = BilledRecord &
  Pick<UsageRecord, 'id' | 'chargeKey' | 'holds' | 'grantId' | 'credentialId'>;

/** A record, the plan and period it belongs to, and the rules that it meets. */
export interface MatchedRecord {
  readonly record: RatedUsage;
  readonly plan: SubscribedPlan;
  readonly period: Period;
  readonly hits: readonly RuleHit[];
}

/** A record that cannot be rated, and why. */
export interface RefusedRecord {
  readonly usageId: string;
  readonly reason: string;
}

/** What matching came to; a record without a plan or a rule is in neither list. */
export interface Matching {
  readonly matched: readonly MatchedRecord[];
  readonly refused: readonly RefusedRecord[];
}

/** Finds the rules of each record. One that makes it fail is set aside, and stops no other. */
export function matchRecords(
  records: readonly RatedUsage[],
  plans: readonly SubscribedPlan[],
  slugs: ReadonlyMap<string, string>,
): Matching {
  const matched: MatchedRecord[] = [];
  const refused: RefusedRecord[] = [];
  let period: { readonly plan: SubscribedPlan; readonly period: Period } | undefined;
  for (const record of records) {
    try {
      const plan = planAt(plans, record.startedAtMs);
      if (plan === undefined) continue;
      const hits = plan.version.matcher.hits(billingFacts(record, slugs));
      if (hits.length === 0) continue;
      // Records come in the order of time: most are of the same period as the one before.
      if (period?.plan !== plan || !lies(record.startedAtMs, period.period)) {
        period = { plan, period: periodOf(plan, record.startedAtMs) };
      }
      matched.push({ record, plan, period: period.period, hits });
    } catch (error) {
      refused.push(refusalOf(record, error));
    }
  }
  return { matched, refused };
}

/** What is kept of a failure. */
export function refusalOf({ id }: RatedUsage, error: unknown): RefusedRecord {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { usageId: id, reason: reason.slice(0, limits.refusalCharactersMax) };
}

function lies(atMs: number, { startMs, endMs }: Period): boolean {
  return startMs <= atMs && atMs < endMs;
}
