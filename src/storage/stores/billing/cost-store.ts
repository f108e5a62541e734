import { sql, type RawBuilder } from 'kysely';
import type { CostGroup, CostStore } from '../../../billing/costs/store.ts';
import { firstIdAt } from '../../../metering/store.ts';
import type { Database } from '../database.ts';
import { moneyText } from './money-text.ts';

const DAY_MS = 86_400_000;
/** An exchange starts when its id is made; this much is allowed for a clock that was set. */
const ID_TIME_SLACK_MS = 3_600_000;

/** 1 when a charge is of a period that is still open. */
const OPEN = sql<number>`max(CASE WHEN billing_period.closed_at_ms IS NULL THEN 1 ELSE 0 END)`;

/** Sums of charges and of usage, made by the database. */
export function createCostStore({ query }: Database): CostStore {
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
        .where('started_at_ms', '>=', fromMs)
        .where('started_at_ms', '<', toMs)
        .where('id', '>=', firstIdAt(fromMs - ID_TIME_SLACK_MS))
        .where('id', '<', firstIdAt(toMs + ID_TIME_SLACK_MS))
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
  };
}

/** The text or the number of the day that rows are summed by. */
function groupOf(by: CostGroup, momentColumn: string): RawBuilder<string | number | null> {
  const column = {
    service: sql.ref('usage_record.service_id'),
    tool: sql`usage_record.service_id || '__' || usage_record.tool`,
    user: sql.ref('usage_record.user_id'),
    key: sql.ref('usage_record.grant_id'),
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
