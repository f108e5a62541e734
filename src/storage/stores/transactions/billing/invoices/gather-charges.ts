import type { ChargeSum, LineSource } from '../../../../../billing/invoices/store.ts';
import { periodOf, type Period, type SubscribedPlan } from '../../../../../billing/store.ts';
import { formatExact } from '../../../../../kernel/exact.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import { allRows, type Steps } from '../../../transaction.ts';
import { metersOf } from '../booked-period.ts';
import type { DuePart } from './due-parts.ts';

/** The charges of an invoice, added up, with what its lines need beside them. */
export function* gatherCharges(
  tenant: TenantId,
  plan: SubscribedPlan,
  parts: readonly DuePart[],
): Steps<LineSource> {
  const sums: ChargeSum[] = [];
  for (const part of parts) sums.push(...(yield* sumsOf(tenant, part)));
  const arrears = parts.find(({ part }) => part === 'arrears');
  return {
    terms: plan.version.terms,
    sums,
    quantities: arrears === undefined ? new Map() : yield* quantitiesOf(tenant, arrears),
    oneOffTitles: yield* oneOffTitles(tenant, sums),
    spanOf: spansOf(plan, parts),
  };
}

type SumRow = Omit<ChargeSum, 'amount'> & { readonly amount: string };

function* sumsOf(
  tenant: TenantId,
  { subscriptionId, periodStartMs, part }: DuePart,
): Steps<readonly ChargeSum[]> {
  const rows = yield* allRows<SumRow>(sql`SELECT rule_id AS "ruleId", unit, kind,
      period_start_ms AS "periodStartMs", service_period_start_ms AS "servicePeriodStartMs",
      count(*) AS count, CAST(sum(amount_nano) AS text) AS amount
    FROM charge WHERE tenant_id = ${tenant} AND subscription_id = ${subscriptionId}
      AND period_start_ms = ${periodStartMs} AND kind <> 'discount'
      AND CASE WHEN unit = 'recurring' AND seq = 0 THEN 'advance' ELSE 'arrears' END = ${part}
    GROUP BY rule_id, unit, kind, period_start_ms, service_period_start_ms
    ORDER BY rule_id, kind, service_period_start_ms`);
  return rows.map((row) => ({ ...row, amount: BigInt(row.amount) }));
}

/** A counter also has what came late; where some is billed elsewhere, it says nothing here. */
function* quantitiesOf(
  tenant: TenantId,
  { subscriptionId, periodStartMs }: DuePart,
): Steps<ReadonlyMap<string, string>> {
  const meters = yield* metersOf(tenant, subscriptionId, periodStartMs);
  const late = yield* allRows<{ readonly ruleId: string }>(sql`SELECT DISTINCT rule_id AS "ruleId"
    FROM charge WHERE tenant_id = ${tenant} AND subscription_id = ${subscriptionId}
      AND period_start_ms > ${periodStartMs} AND service_period_start_ms = ${periodStartMs}`);
  const split = new Set(late.map(({ ruleId }) => ruleId));
  const whole = [...meters.values()].filter(({ ruleId }) => !split.has(ruleId));
  return new Map(whole.map(({ ruleId, state }) => [ruleId, formatExact(state.quantity)]));
}

function* oneOffTitles(
  tenant: TenantId,
  sums: readonly ChargeSum[],
): Steps<ReadonlyMap<string, string>> {
  if (sums.every(({ kind }) => kind !== 'one_off')) return new Map();
  const rows = yield* allRows<{ readonly key: string; readonly title: string }>(sql`SELECT
    charge_key AS key, title FROM one_off_charge WHERE tenant_id = ${tenant}`);
  return new Map(rows.map(({ key, title }) => [`one-off:${key}`, title]));
}

/** What lines name as the time of use; the billed periods are known, and asking a zone is slow. */
function spansOf(
  { subscription, version }: SubscribedPlan,
  parts: readonly DuePart[],
): (startMs: number) => Period {
  const { startsAtMs, endsAtMs } = subscription;
  const ends = new Map(parts.map((part) => [part.periodStartMs, part.periodEndMs]));
  return (startMs) => {
    const endMs = ends.get(startMs) ?? periodOf({ subscription, version }, startMs).endMs;
    ends.set(startMs, endMs);
    // The part that the subscription was there for; all of it after its end.
    const from = Math.max(startMs, startsAtMs);
    const to = Math.min(endMs, endsAtMs ?? endMs);
    return from < to ? { startMs: from, endMs: to } : { startMs, endMs };
  };
}
