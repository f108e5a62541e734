import {
  periodOf,
  voidedCharge,
  type Charge,
  type VoidRequest,
} from '../../../../billing/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { toCharge, type ChargeRow } from '../../rows/charge-rows.ts';
import { sql } from '../../sql.ts';
import type { TransactionMemo } from '../../transaction-memo.ts';
import { allRows, type Steps } from '../../transaction.ts';
import { bookedPeriod, metersOf } from './booked-period.ts';
import { subscribedPlans } from './subscribed-plans.ts';
import { writeCharges, writeMeters } from './write-books.ts';

/**
 * Takes one charge back by a posting that names it. Throws `not_found` when there is none, and
 * `conflict` when it was taken back already.
 */
export function* voidCharge(
  { tenant, gateKey, ruleId, reason, nowMs }: VoidRequest & { readonly tenant: TenantId },
  { billing }: TransactionMemo,
): Steps<Charge> {
  const rows = yield* allRows<ChargeRow>(sql`SELECT gate_key AS "gateKey", rule_id AS "ruleId", seq,
      unit, kind, usage_id AS "usageId", plan_version_id AS "planVersionId",
      subscription_id AS "subscriptionId", period_start_ms AS "periodStartMs",
      service_period_start_ms AS "servicePeriodStartMs", quantity,
      CAST(amount_nano AS text) AS amount, currency, ledger_tx_id AS "ledgerTxId", at_ms AS "atMs"
    FROM charge WHERE tenant_id = ${tenant} AND gate_key = ${gateKey} AND rule_id = ${ruleId}`);
  const charge = rows.map(toCharge).find(({ kind }) => kind === 'usage' || kind === 'late');
  if (charge === undefined) throw new GatewayError('not_found', 'There is no such charge.');
  if (rows.some(({ kind }) => kind === 'void')) {
    throw new GatewayError('conflict', 'This charge was taken back already.');
  }
  const { subscriptionId, servicePeriodStartMs: startMs } = charge;
  const plans = yield* subscribedPlans(tenant, billing);
  const plan = plans.find(({ subscription }) => subscription.id === subscriptionId);
  const rule = plan?.version.rules.get(ruleId);
  const [meter] = (yield* metersOf(tenant, subscriptionId, startMs, [ruleId])).values();
  if (plan === undefined || rule === undefined || meter === undefined) {
    throw new GatewayError('not_found', 'The plan of this charge is gone.');
  }
  const share = (yield* bookedPeriod(tenant, subscriptionId, startMs))?.share ?? null;
  const openStartMs = periodOf(plan, nowMs).startMs;
  const voided = voidedCharge(charge, rule, meter, { share, openStartMs, nowMs });
  const about = { reverses: charge.ledgerTxId, reason };
  const [written] = yield* writeCharges(tenant, [voided.charge], about);
  yield* writeMeters(tenant, [voided.meter]);
  return written as Charge;
}
