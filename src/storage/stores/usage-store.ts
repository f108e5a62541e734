import type { TenantId } from '../../kernel/principal.ts';
import {
  firstIdAt,
  type UsageOfUser,
  type UsageQuery,
  type UsageStore,
} from '../../metering/store.ts';
import type { Database, QueryBuilder } from './database.ts';
import { toRecord, USAGE_COLUMNS } from './rows/usage-rows.ts';

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

/** An exchange starts when its id is made; this much is allowed for a clock that was set. */
const ID_TIME_SLACK_MS = 3_600_000;

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
    .$if(fromMs !== undefined, (select) =>
      select
        .where('started_at_ms', '>=', fromMs as number)
        .where('id', '>=', firstIdAt((fromMs as number) - ID_TIME_SLACK_MS)),
    )
    .$if(toMs !== undefined, (select) =>
      select
        .where('started_at_ms', '<', toMs as number)
        .where('id', '<', firstIdAt((toMs as number) + ID_TIME_SLACK_MS)),
    )
    .orderBy('id', descending ? 'desc' : 'asc')
    .limit(rowsMax);
}
