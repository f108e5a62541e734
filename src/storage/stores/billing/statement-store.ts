import { sql, type RawBuilder } from 'kysely';
import type {
  CurrencyAmount,
  StatementStore,
  TimeRange,
} from '../../../billing/statements/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { firstIdAt } from '../../../metering/store.ts';
import type { Database, QueryBuilder } from '../database.ts';
import { moneyText } from './money-text.ts';

/** An exchange starts when its id is made; this much is allowed for a clock that was set. */
const ID_TIME_SLACK_MS = 3_600_000;

/** What was used in a time and what it was charged. */
export function createStatementStore({ query }: Database): StatementStore {
  return {
    used: async (tenant, range) => {
      const row = await recordsOf(query, tenant, range)
        .select(({ fn }) => fn.countAll<number>().as('records'))
        .select(SUMS)
        .executeTakeFirstOrThrow();
      return row;
    },
    charged: async (tenant, range) => {
      const ofUsage = await chargesOf(query, tenant, range)
        .select('charge.currency as currency')
        .select(AMOUNT.as('amount'))
        .groupBy('charge.currency')
        .execute();
      const ofPeriods = await query
        .selectFrom('charge')
        .where('tenant_id', '=', tenant)
        .where('usage_id', 'is', null)
        .where('service_period_start_ms', '>=', range.fromMs)
        .where('service_period_start_ms', '<', range.toMs)
        .select('charge.currency as currency')
        .select(AMOUNT.as('amount'))
        .groupBy('charge.currency')
        .execute();
      return sumUp([...ofUsage, ...ofPeriods]);
    },
    ofUser: async (tenant, userId, range, rowsMax) => {
      const used = await recordsOf(query, tenant, range)
        .where('user_id', '=', userId)
        .select('usage_record.grant_id as grantId')
        .select(({ fn }) => fn.countAll<number>().as('records'))
        .select(SUMS)
        .groupBy('usage_record.grant_id')
        .orderBy(sql`count(*)`, 'desc')
        .orderBy('usage_record.grant_id')
        .limit(rowsMax)
        .execute();
      const charges = await chargesOf(query, tenant, range)
        .where('usage_record.user_id', '=', userId)
        .select(['usage_record.grant_id as grantId', 'charge.currency as currency'])
        .select(AMOUNT.as('amount'))
        .groupBy(['usage_record.grant_id', 'charge.currency'])
        .execute();
      const byGrant = Map.groupBy(charges, ({ grantId }) => grantId);
      return used.map(({ grantId, ...sums }) => ({
        grantId: grantId ?? '',
        ...sums,
        charged: sumUp(byGrant.get(grantId) ?? []),
      }));
    },
  };
}

const AMOUNT = moneyText(sql`sum(charge.amount_nano)`);

const SUMS = [
  wholeSum('bytes_in').as('bytesIn'),
  wholeSum('bytes_out').as('bytesOut'),
  sql<number>`coalesce(sum(usage_record.duration_ms), 0)`.as('durationMs'),
] as const;

function recordsOf(query: QueryBuilder, tenant: TenantId, { fromMs, toMs }: TimeRange) {
  return query
    .selectFrom('usage_record')
    .where('usage_record.tenant_id', '=', tenant)
    .where('usage_record.started_at_ms', '>=', fromMs)
    .where('usage_record.started_at_ms', '<', toMs)
    .where('usage_record.id', '>=', firstIdAt(fromMs - ID_TIME_SLACK_MS))
    .where('usage_record.id', '<', firstIdAt(toMs + ID_TIME_SLACK_MS));
}

/** From the charges that were made since, for those are found by their time. */
function chargesOf(query: QueryBuilder, tenant: TenantId, { fromMs, toMs }: TimeRange) {
  return query
    .selectFrom('charge')
    .innerJoin('usage_record', (join) =>
      join
        .onRef('usage_record.tenant_id', '=', 'charge.tenant_id')
        .onRef('usage_record.id', '=', 'charge.usage_id'),
    )
    .where('charge.tenant_id', '=', tenant)
    .where('charge.at_ms', '>=', fromMs - ID_TIME_SLACK_MS)
    .where('usage_record.started_at_ms', '>=', fromMs)
    .where('usage_record.started_at_ms', '<', toMs);
}

function sumUp(
  rows: readonly { readonly currency: string; readonly amount: string }[],
): readonly CurrencyAmount[] {
  const sums = new Map<string, bigint>();
  for (const { currency, amount } of rows) {
    sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amount));
  }
  return [...sums].map(([currency, amount]) => ({ currency, amount }));
}

/** PostgreSQL adds whole numbers up to a wider type, which would be read as text. */
function wholeSum(column: 'bytes_in' | 'bytes_out'): RawBuilder<number> {
  return sql<number>`CAST(coalesce(sum(${sql.ref(`usage_record.${column}`)}), 0) AS bigint)`;
}
