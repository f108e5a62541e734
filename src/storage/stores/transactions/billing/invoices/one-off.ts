import type { OneOffRequest, StoredOneOff } from '../../../../../billing/invoices/store.ts';
import { oneOffCharge, periodOf, planAt } from '../../../../../billing/store.ts';
import { GatewayError } from '../../../../../kernel/errors.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { toOneOff, type OneOffRow } from '../../../rows/invoice-rows.ts';
import { sql } from '../../../sql.ts';
import type { TransactionMemo } from '../../../transaction-memo.ts';
import { change, firstRow, type Steps } from '../../../transaction.ts';
import { openPeriod } from '../open-period.ts';
import { payFees } from '../pools/pay-fees.ts';
import { subscribedPlans } from '../subscribed-plans.ts';
import { writeCharges } from '../write-books.ts';

/** Charges by hand, once for each key; see `OneOffStore`. */
export function* chargeOneOff(
  { tenant, ...asked }: OneOffRequest & { readonly tenant: TenantId },
  { billing }: TransactionMemo,
): Steps<StoredOneOff> {
  const { key, title, amount, currency, nowMs } = asked;
  const row = yield* firstRow<OneOffRow>(sql`SELECT charge_key AS key, title,
      CAST(amount_nano AS text) AS amount, currency, subscription_id AS "subscriptionId",
      period_start_ms AS "periodStartMs", at_ms AS "atMs"
    FROM one_off_charge WHERE tenant_id = ${tenant} AND charge_key = ${key}`);
  if (row !== undefined) {
    const made = toOneOff(row);
    if (made.title === title && made.amount === amount && made.currency === currency) return made;
    throw new GatewayError('conflict', 'Something else was charged under this key.');
  }
  const plan = planAt(yield* subscribedPlans(tenant, billing), nowMs);
  if (plan === undefined || plan.version.terms.currency !== currency) {
    throw new GatewayError('conflict', `The tenant is on no plan in ${currency} now.`);
  }
  const period = periodOf(plan, nowMs);
  yield* openPeriod(tenant, plan, period, nowMs);
  const charge = oneOffCharge(plan, period, asked);
  yield* writeCharges(tenant, [charge]);
  yield* payFees(tenant, plan, [charge], nowMs);
  const place = { subscriptionId: plan.subscription.id, periodStartMs: period.startMs };
  yield* change(sql`INSERT INTO one_off_charge (tenant_id, charge_key, title, amount_nano, currency,
      subscription_id, period_start_ms, at_ms)
    VALUES (${tenant}, ${key}, ${title}, ${amount}, ${currency}, ${place.subscriptionId},
      ${place.periodStartMs}, ${nowMs})`);
  return { key, title, amount, currency, ...place, atMs: nowMs };
}
