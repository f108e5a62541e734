import type { TenantId } from '../../kernel/principal.ts';
import type { UsageOfUser, UsageQuery, UsageStore } from '../../metering/store.ts';
import type { Database, QueryBuilder } from './database.ts';
import { toRecord, USAGE_COLUMNS } from './rows/usage-rows.ts';
import { startedWithin } from './started-within.ts';

/** Usage records. */
export function createUsageStore({ query, insertUsage }: Database): UsageStore {
  return {
    insert: insertUsage,
    list: async (tenant, wanted) => {
      const rows = await selectPage(query, tenant, wanted).execute();
      return rows.map(toRecord);
    },
    ofUser: (tenant, userId, after, rowsMax) => selectOfUser(query, tenant, userId, after, rowsMax),
    totals: async (tenant) => {
      const row = await query
        .selectFrom('usage_total')
        .select(['records', 'bytes_in as bytesIn', 'bytes_out as bytesOut'])
        .where('tenant_id', '=', tenant)
        .executeTakeFirst();
      return row ?? { records: 0, bytesIn: 0, bytesOut: 0 };
    },
    tasks: async (tenant, after, rowsMax) => {
      const rows = await query
        .selectFrom('usage_task')
        .select(USAGE_COLUMNS)
        .where('tenant_id', '=', tenant)
        .where('id', '>', after)
        .orderBy('id')
        .limit(rowsMax)
        .execute();
      return rows.map(toRecord);
    },
    known: async (tenant, ids) => {
      if (ids.length === 0) return new Set();
      const rows = await query
        .selectFrom('usage_record')
        .select('id')
        .where('tenant_id', '=', tenant)
        .where('id', 'in', ids)
        .execute();
      return new Set(rows.map(({ id }) => id));
    },
  };
}

async function selectOfUser(
  query: QueryBuilder,
  tenant: TenantId,
  userId: string,
  after: string,
  rowsMax: number,
): Promise<UsageOfUser> {
  const last = await query
    .selectFrom('usage_batch')
    .select('id')
    .where('tenant_id', '=', tenant)
    .where('id', '>', after)
    .orderBy('id')
    .offset(rowsMax - 1)
    .limit(1)
    .executeTakeFirst();
  const rows = await query
    .selectFrom('usage_record')
    .select(USAGE_COLUMNS)
    .where('tenant_id', '=', tenant)
    .where('id', '>', after)
    .$if(last !== undefined, (select) => select.where('id', '<=', last?.id ?? ''))
    .where('user_id', '=', userId)
    .orderBy('id')
    // More can have come meanwhile where nothing bounds the end; they are of the next page.
    .limit(rowsMax)
    .execute();
  const records = rows.map(toRecord);
  if (last !== undefined) return { records, next: last.id };
  return { records, next: rows.length === rowsMax ? (records.at(-1)?.id ?? null) : null };
}

function selectPage(query: QueryBuilder, tenant: TenantId, wanted: UsageQuery) {
  const { after, serviceId, fromMs, toMs, descending, rowsMax } = wanted;
  return query
    .selectFrom('usage_record')
    .select(USAGE_COLUMNS)
    .where('tenant_id', '=', tenant)
    .$if(after !== undefined, (select) =>
      select.where('id', descending ? '<' : '>', after as string),
    )
    .$if(serviceId !== undefined, (select) => select.where('service_id', '=', serviceId as string))
    .where(startedWithin(fromMs, toMs))
    .orderBy('id', descending ? 'desc' : 'asc')
    .limit(rowsMax);
}
