import { periodOf, type SubscribedPlan } from '../../../../../billing/store.ts';
import type { InvoicePart } from '../../../../../billing/invoices/store.ts';
import { limits } from '../../../../../kernel/limits.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import { allRows, type Steps } from '../../../transaction.ts';

/** A part of a period's charges, and when the period ends. */
export type DuePart = Omit<InvoicePart, 'invoiceId'> & { readonly periodEndMs: number };

/** What one invoice is to be made of; the first part says which period it is about. */
export interface DueInvoice {
  readonly plan: SubscribedPlan;
  readonly parts: readonly [DuePart, ...DuePart[]];
}

interface PeriodRow {
  readonly subscriptionId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly closedAtMs: number | null;
  readonly hasAdvance: number;
  readonly hasArrears: number;
}

/**
 * What no invoice was made of yet and is due. A period is when it is closed, and the invoice then
 * also has what the next one costs in advance; the first period's advance is due at once. What came
 * late for a subscription that has ended has no period of its own, and waits as long as one.
 */
export function* dueInvoices(
  tenant: TenantId,
  plans: readonly SubscribedPlan[],
  nowMs: number,
): Steps<readonly DueInvoice[]> {
  const rows = yield* allRows<PeriodRow>(sql`SELECT billing_period.subscription_id
      AS "subscriptionId", start_ms AS "startMs", end_ms AS "endMs", closed_at_ms AS "closedAtMs",
      CASE WHEN advance.part IS NULL THEN 0 ELSE 1 END AS "hasAdvance",
      CASE WHEN arrears.part IS NULL THEN 0 ELSE 1 END AS "hasArrears"
    FROM billing_period
    LEFT JOIN invoice_part AS advance ON advance.tenant_id = billing_period.tenant_id
      AND advance.subscription_id = billing_period.subscription_id
      AND advance.period_start_ms = start_ms AND advance.part = 'advance'
    LEFT JOIN invoice_part AS arrears ON arrears.tenant_id = billing_period.tenant_id
      AND arrears.subscription_id = billing_period.subscription_id
      AND arrears.period_start_ms = start_ms AND arrears.part = 'arrears'
    WHERE billing_period.tenant_id = ${tenant} AND (advance.part IS NULL OR arrears.part IS NULL)
    ORDER BY start_ms`);
  const due: DueInvoice[] = [];
  for (const plan of plans) {
    const own = rows.filter(({ subscriptionId }) => subscriptionId === plan.subscription.id);
    due.push(...dueOfPlan(plan, own), ...(yield* dueAfterEnd(tenant, plan, nowMs)));
  }
  return due;
}

function dueOfPlan(plan: SubscribedPlan, rows: readonly PeriodRow[]): DueInvoice[] {
  const taken = new Set(rows.filter((row) => row.hasAdvance === 1).map(({ startMs }) => startMs));
  const known = new Map(rows.map((row) => [row.startMs, row]));
  const due: DueInvoice[] = [];
  for (const row of rows) {
    const parts: DuePart[] = [];
    const take = ({ startMs, endMs }: PeriodRow, part: DuePart['part']): void => {
      const { id: subscriptionId } = plan.subscription;
      parts.push({ subscriptionId, periodStartMs: startMs, periodEndMs: endMs, part });
      if (part === 'advance') taken.add(startMs);
    };
    const isOver = row.closedAtMs !== null && row.hasArrears === 0;
    if (isOver) take(row, 'arrears');
    const isFirst = row.startMs <= plan.subscription.startsAtMs;
    // The period before is in the list as long as it waits for its invoice.
    const waits = rows.some(({ endMs, hasArrears }) => endMs === row.startMs && hasArrears === 0);
    if (!taken.has(row.startMs) && (isOver || isFirst || !waits)) take(row, 'advance');
    const next = isOver ? known.get(row.endMs) : undefined;
    if (next !== undefined && !taken.has(next.startMs)) take(next, 'advance');
    const [first, ...others] = parts;
    if (first !== undefined) due.push({ plan, parts: [first, ...others] });
  }
  return due;
}

function* dueAfterEnd(
  tenant: TenantId,
  plan: SubscribedPlan,
  nowMs: number,
): Steps<readonly DueInvoice[]> {
  const { id: subscriptionId, endsAtMs } = plan.subscription;
  if (endsAtMs === null || endsAtMs > nowMs) return [];
  const rows = yield* allRows<{ readonly startMs: number }>(sql`SELECT DISTINCT
      charge.period_start_ms AS "startMs" FROM charge
    LEFT JOIN invoice_part ON invoice_part.tenant_id = charge.tenant_id
      AND invoice_part.subscription_id = charge.subscription_id
      AND invoice_part.period_start_ms = charge.period_start_ms
      AND invoice_part.part = 'arrears'
    WHERE charge.tenant_id = ${tenant} AND charge.subscription_id = ${subscriptionId}
      AND charge.period_start_ms >= ${endsAtMs} AND invoice_part.part IS NULL
    ORDER BY 1`);
  return rows
    .map(({ startMs }) => periodOf(plan, startMs))
    .filter(({ endMs }) => endMs + limits.billingGraceMs <= nowMs)
    .map(({ startMs: periodStartMs, endMs: periodEndMs }) => {
      return { plan, parts: [{ subscriptionId, periodStartMs, periodEndMs, part: 'arrears' }] };
    });
}
