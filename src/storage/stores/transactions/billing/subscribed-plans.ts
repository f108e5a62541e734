import type { BillingMemo, Subscription, SubscribedPlan } from '../../../../billing/store.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { allRows, firstRow, type Steps } from '../../transaction.ts';

/** The plans that a tenant is or was on, in the order they began. */
export function* subscribedPlans(
  tenant: TenantId,
  memo: BillingMemo,
): Steps<readonly SubscribedPlan[]> {
  const subscriptions = yield* allRows<Omit<Subscription, 'tenant'>>(sql`SELECT id,
      plan_version_id AS "planVersionId", starts_at_ms AS "startsAtMs", ends_at_ms AS "endsAtMs",
      anchor_ms AS "anchorMs", time_zone AS "timeZone", trial_ends_at_ms AS "trialEndsAtMs"
    FROM subscription WHERE tenant_id = ${tenant} ORDER BY starts_at_ms, id`);
  const plans: SubscribedPlan[] = [];
  for (const row of subscriptions) {
    const version = yield* versionOf(row.planVersionId, memo);
    if (version !== undefined) plans.push({ subscription: { ...row, tenant }, version });
  }
  return plans;
}

function* versionOf(id: string, memo: BillingMemo): Steps<SubscribedPlan['version'] | undefined> {
  const known = memo.version(id);
  if (known !== undefined) return known;
  const row = yield* firstRow<{ readonly terms: string }>(
    sql`SELECT terms FROM plan_version WHERE id = ${id}`,
  );
  return row === undefined ? undefined : memo.keep(id, row.terms);
}
