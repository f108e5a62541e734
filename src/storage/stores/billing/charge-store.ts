import { sql } from 'kysely';
import type { ChargeQuery, ChargeStore } from '../../../billing/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database, QueryBuilder } from '../database.ts';
import { toCharge } from '../rows/charge-rows.ts';
import { moneyText } from './money-text.ts';

/** What was charged. */
export function createChargeStore({ query, transact }: Database): ChargeStore {
  return {
    pendingTenants: async () => {
      const rows = await query
        .selectFrom('usage_pending')
        .select('tenant_id as tenant')
        .distinct()
        .execute();
      return rows.map(({ tenant }) => tenant);
    },
    subscribedTenants: async () => {
      const { rows } = await sql<{
        readonly tenant: TenantId;
      }>`SELECT DISTINCT tenant_id AS tenant FROM subscription`.execute(query);
      return rows.map(({ tenant }) => tenant);
    },
    rateUsage: async (tenant, nowMs, fence) =>
      (await transact('rateUsage', { tenant, nowMs, fence })) ?? undefined,
    turnPeriods: async (tenant, nowMs, fence) =>
      (await transact('turnPeriods', { tenant, nowMs, fence })) ?? undefined,
    void: (tenant, request) => transact('voidCharge', { ...request, tenant }),
    list: async (tenant, wanted) => {
      const rows = await selectPage(query, tenant, wanted).execute();
      return rows.map(toCharge);
    },
    totals: async (tenant, periodStartMs) => {
      const rows = await query
        .selectFrom('charge')
        .select(['subscription_id as subscriptionId', 'rule_id as ruleId', 'currency'])
        .select(({ fn }) => fn.countAll<number>().as('charges'))
        .select(moneyText(sql`sum(amount_nano)`).as('amount'))
        .where('tenant_id', '=', tenant)
        .where('period_start_ms', '=', periodStartMs)
        .groupBy(['subscription_id', 'rule_id', 'currency'])
        .orderBy('subscription_id')
        .orderBy('rule_id')
        .execute();
      return rows.map((row) => ({ ...row, amount: BigInt(row.amount) }));
    },
    periods: (tenant) =>
      query
        .selectFrom('billing_period')
        .select(['subscription_id as subscriptionId', 'start_ms as startMs', 'end_ms as endMs'])
        .select(['closed_at_ms as closedAtMs', 'share'])
        .where('tenant_id', '=', tenant)
        .orderBy('subscription_id')
        .orderBy('start_ms')
        .execute(),
    setAside: (tenant, after, rowsMax) =>
      query
        .selectFrom('rating_refused')
        .select(['usage_id as usageId', 'reason', 'at_ms as atMs'])
        .where('tenant_id', '=', tenant)
        .where('usage_id', '>', after)
        .orderBy('usage_id')
        .limit(rowsMax)
        .execute(),
  };
}

function selectPage(query: QueryBuilder, tenant: TenantId, wanted: ChargeQuery) {
  const { after, subscriptionId, periodStartMs, descending, rowsMax } = wanted;
  const direction = descending ? 'desc' : 'asc';
  return query
    .selectFrom('charge')
    .select(['gate_key as gateKey', 'rule_id as ruleId', 'seq', 'unit', 'kind'])
    .select(['usage_id as usageId', 'plan_version_id as planVersionId', 'quantity', 'currency'])
    .select(['subscription_id as subscriptionId', 'period_start_ms as periodStartMs'])
    .select(['service_period_start_ms as servicePeriodStartMs', 'at_ms as atMs'])
    .select('ledger_tx_id as ledgerTxId')
    .select(moneyText(sql.ref('amount_nano')).as('amount'))
    .where('tenant_id', '=', tenant)
    .$if(subscriptionId !== undefined, (select) =>
      select.where('subscription_id', '=', subscriptionId as string),
    )
    .$if(periodStartMs !== undefined, (select) =>
      select.where('period_start_ms', '=', periodStartMs as number),
    )
    .$if(after !== undefined, (select) =>
      select.where(({ eb, refTuple, tuple }) => {
        const { gateKey, ruleId, seq } = after as NonNullable<typeof after>;
        const last = tuple(gateKey, ruleId, seq);
        return eb(refTuple('gate_key', 'rule_id', 'seq'), descending ? '<' : '>', last);
      }),
    )
    .orderBy('gate_key', direction)
    .orderBy('rule_id', direction)
    .orderBy('seq', direction)
    .limit(rowsMax);
}
