import type { TenantId } from '../../kernel/principal.ts';
import type { UsageQuery, UsageRecord, UsageStore } from '../../metering/store.ts';
import type { DatabaseClient } from './database-client.ts';
import type { QueryBuilder } from './query-builder.ts';

/** Usage records in SQLite. */
export function createUsageStore(client: DatabaseClient, query: QueryBuilder): UsageStore {
  return {
    insert: (lines) => client.insertUsage(lines),
    list: async (tenant, wanted) => {
      const rows = await selectPage(query, tenant, wanted).execute();
      return rows.map((row) => ({ ...row, upstreamCalled: row.upstreamCalled === 1 }));
    },
    totals: async (tenant) => {
      const row = await query
        .selectFrom('usage_total')
        .select(['records', 'bytes_in as bytesIn', 'bytes_out as bytesOut'])
        .where('tenant_id', '=', tenant)
        .executeTakeFirst();
      return row ?? { records: 0, bytesIn: 0, bytesOut: 0 };
    },
  };
}

/** An exchange starts when its id is made; this much is allowed for a clock that was set. */
const ID_TIME_SLACK_MS = 3_600_000;

function selectPage(query: QueryBuilder, tenant: TenantId, wanted: UsageQuery) {
  const { after, serviceId, fromMs, toMs, descending, rowsMax } = wanted;
  return query
    .selectFrom('usage_record')
    .select(['id', 'tenant_id as tenant', 'charge_key as chargeKey', 'node_id as nodeId'])
    .select(['credential_id as credentialId', 'user_id as userId', 'session_id as sessionId'])
    .select(['service_id as serviceId', 'method', 'tool', 'client_era as clientEra'])
    .select(['upstream_era as upstreamEra', 'outcome', 'started_at_ms as startedAtMs'])
    .select(['ended_at_ms as endedAtMs', 'duration_ms as durationMs'])
    .select(['upstream_ms as upstreamMs', 'bytes_in as bytesIn', 'bytes_out as bytesOut'])
    .select(['events', 'upstream_called as upstreamCalled'])
    .where('tenant_id', '=', tenant)
    .$if(after !== undefined, (select) =>
      select.where('id', descending ? '<' : '>', after as string),
    )
    .$if(serviceId !== undefined, (select) => select.where('service_id', '=', serviceId as string))
    .$if(fromMs !== undefined, (select) =>
      select
        .where('started_at_ms', '>=', fromMs as number)
        .where('id', '>=', idAt((fromMs as number) - ID_TIME_SLACK_MS)),
    )
    .$if(toMs !== undefined, (select) =>
      select
        .where('started_at_ms', '<', toMs as number)
        .where('id', '<', idAt((toMs as number) + ID_TIME_SLACK_MS)),
    )
    .orderBy('id', descending ? 'desc' : 'asc')
    .limit(rowsMax);
}

/** The smallest id of a moment: ids begin with their time, so a range of ids is a range of time. */
function idAt(timeMs: number): UsageRecord['id'] {
  return `use_${Math.max(0, timeMs).toString(16).padStart(12, '0')}`;
}
