import { sql, type RawBuilder } from 'kysely';
import type { CostGroup, CostStore } from '../../../billing/costs/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database, QueryBuilder } from '../database.ts';
import { startedWithin } from '../started-within.ts';
import { createAnalyticsStore } from './analytics-store.ts';
import { moneyText } from './money-text.ts';
import { rolledSums } from './rolled-sums.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** 1 when a charge is of a period that is still open. */
const OPEN = sql<number>`max(CASE WHEN billing_period.closed_at_ms IS NULL THEN 1 ELSE 0 END)`;

/** Sums of charges and of usage, from what was summed up as far as it reaches. */
export function createCostStore(database: Database): CostStore {
  return rolledSums(createRecordedSums(database), createAnalyticsStore(database));
}

/** The same from charges and records alone. */
export function createRecordedSums({ query }: Database): CostStore {
  return {
    costs: async (tenant, { fromMs, toMs, by, rowsMax }) => {
      const group = groupOf(by, 'charge.at_ms');
      const rows = await query
        .selectFrom('charge')
        .leftJoin('usage_record', (join) =>
          join
            .onRef('usage_record.tenant_id', '=', 'charge.tenant_id')
            .onRef('usage_record.id', '=', 'charge.usage_id'),
        )
        .leftJoin('billing_period', (join) =>
          join
            .onRef('billing_period.tenant_id', '=', 'charge.tenant_id')
            .onRef('billing_period.subscription_id', '=', 'charge.subscription_id')
            .onRef('billing_period.start_ms', '=', 'charge.period_start_ms'),
        )
        .where('charge.tenant_id', '=', tenant)
        .where('charge.at_ms', '>=', fromMs)
        .where('charge.at_ms', '<', toMs)
        .select([group.as('group'), 'charge.currency as currency'])
        .select(({ fn }) => fn.countAll<number>().as('charges'))
        .select(moneyText(sql`sum(charge.amount_nano)`).as('amount'))
        .select(OPEN.as('open'))
        .groupBy([group, 'charge.currency'])
        .orderBy(by === 'day' ? group : sql`sum(charge.amount_nano)`, by === 'day' ? 'asc' : 'desc')
        .orderBy(group)
        .limit(rowsMax)
        .execute();
      return rows.map((row) => ({
        group: shown(by, row.group),
        currency: row.currency,
        charges: row.charges,
        amount: BigInt(row.amount),
        isProvisional: row.open === 1,
      }));
    },
    usage: async (tenant, { fromMs, toMs, by, rowsMax }) => {
      const group = groupOf(by, 'usage_record.started_at_ms');
      const rows = await query
        .selectFrom('usage_record')
        .where('tenant_id', '=', tenant)
        .where(startedWithin(fromMs, toMs))
        .select(group.as('group'))
        .select(({ fn }) => fn.countAll<number>().as('records'))
        .select(wholeSum('bytes_in').as('bytesIn'))
        .select(wholeSum('bytes_out').as('bytesOut'))
        .select(sql<number>`sum(usage_record.duration_ms)`.as('durationMs'))
        .groupBy(group)
        .orderBy(by === 'day' ? group : sql`count(*)`, by === 'day' ? 'asc' : 'desc')
        .orderBy(group)
        .limit(rowsMax)
        .execute();
      return rows.map((row) => ({ ...row, group: shown(by, row.group) }));
    },
    recentSpend: (tenant, nowMs) => recentSpend(query, tenant, nowMs),
  };
}

async function recentSpend(
  query: QueryBuilder,
  tenant: TenantId,
  nowMs: number,
): ReturnType<CostStore['recentSpend']> {
  const hourMs = nowMs - HOUR_MS;
  const rows = await query
    .selectFrom('charge')
    .where('tenant_id', '=', tenant)
    .where('at_ms', '>=', hourMs - 7 * DAY_MS)
    .where('at_ms', '<', nowMs)
    .select(['currency', ({ fn }) => fn.min<number>('at_ms').as('firstAtMs')])
    .select(
      moneyText(sql`sum(CASE WHEN at_ms >= ${hourMs} THEN amount_nano ELSE 0 END)`).as('last'),
    )
    .select(
      moneyText(sql`sum(CASE WHEN at_ms < ${hourMs} THEN amount_nano ELSE 0 END)`).as('before'),
    )
    .groupBy('currency')
    .orderBy('currency')
    .execute();
  return rows.map(({ currency, firstAtMs, last, before }) => {
    return { currency, firstAtMs, lastHour: BigInt(last), before: BigInt(before) };
  });
}

/** The text or the number of the day that rows are summed by. */
function groupOf(by: CostGroup, momentColumn: string): RawBuilder<string | number | null> {
  const column = {
    service: sql.ref('usage_record.service_id'),
    tool: sql`usage_record.service_id || '__' || usage_record.tool`,
    user: sql.ref('usage_record.user_id'),
    key: sql.ref('usage_record.grant_id'),
    session: sql.ref('usage_record.session_id'),
    // Whole days since 1970; both engines divide whole numbers to whole ones.
    day: sql`${sql.ref(momentColumn)} / ${sql.lit(DAY_MS)}`,
    rule: sql.ref('charge.rule_id'),
  }[by];
  return column as RawBuilder<string | number | null>;
}

function shown(by: CostGroup, group: string | number | null): string | null {
  if (by !== 'day' || group === null) return group === null ? null : String(group);
  return new Date(Number(group) * DAY_MS).toISOString().slice(0, 10);
}

/** PostgreSQL adds whole numbers up to a wider type, which would be read as text. */
function wholeSum(column: 'bytes_in' | 'bytes_out'): RawBuilder<number> {
  return sql<number>`CAST(sum(${sql.ref(`usage_record.${column}`)}) AS bigint)`;
}
