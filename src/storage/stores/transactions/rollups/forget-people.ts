import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';

const DAY_MS = 86_400_000;
/** `use_` and the twelve digits of its moment. */
const ID_TIME = /^use_([0-9a-f]{12})/;

/**
 * Takes users and keys out of the sums of one day whose records were let go: what was used of which
 * service stays, and who did it is kept no longer than in the records. True when there may be more.
 */
export function* forgetPeople(tenant: TenantId, lastId: string): Steps<boolean> {
  const cutMs = Number.parseInt(ID_TIME.exec(lastId)?.[1] ?? '0', 16);
  const untilMs = Math.floor(cutMs / DAY_MS) * DAY_MS;
  const first = yield* firstRow<{ readonly startMs: number | null }>(
    sql`SELECT min(start_ms) AS "startMs" FROM (
      SELECT start_ms FROM usage_rollup WHERE tenant_id = ${tenant} AND facet = 'who'
        AND grain = 'day' AND start_ms < ${untilMs} AND key_id <> ''
      UNION ALL SELECT start_ms FROM cost_rollup WHERE tenant_id = ${tenant} AND facet = 'who'
        AND grain = 'day' AND start_ms < ${untilMs} AND key_id <> '') AS named`,
  );
  const startMs = first?.startMs ?? null;
  if (startMs === null) return false;
  const endMs = startMs + DAY_MS;
  yield* change(sql`INSERT INTO usage_rollup (tenant_id, facet, grain, start_ms, user_id, key_id,
      service_id, tool, outcome, records, calls, duration_us, bytes_in, bytes_out, tokens, events,
      latency)
    SELECT tenant_id, facet, grain, start_ms, '', '', service_id, tool, outcome,
      CAST(sum(records) AS bigint), CAST(sum(calls) AS bigint), CAST(sum(duration_us) AS bigint),
      CAST(sum(bytes_in) AS bigint), CAST(sum(bytes_out) AS bigint), CAST(sum(tokens) AS bigint),
      CAST(sum(events) AS bigint), string_agg(latency, ' ')
    FROM usage_rollup WHERE tenant_id = ${tenant} AND facet IN ('who', 'all')
      AND grain IN ('hour', 'day') AND start_ms >= ${startMs} AND start_ms < ${endMs}
      AND key_id <> ''
    GROUP BY tenant_id, facet, grain, start_ms, service_id, tool, outcome
    ON CONFLICT (tenant_id, facet, grain, start_ms, user_id, key_id, service_id, tool, outcome)
    DO UPDATE SET records = usage_rollup.records + excluded.records,
      calls = usage_rollup.calls + excluded.calls,
      duration_us = usage_rollup.duration_us + excluded.duration_us,
      bytes_in = usage_rollup.bytes_in + excluded.bytes_in,
      bytes_out = usage_rollup.bytes_out + excluded.bytes_out,
      tokens = usage_rollup.tokens + excluded.tokens,
      events = usage_rollup.events + excluded.events,
      latency = usage_rollup.latency || ' ' || excluded.latency`);
  yield* change(sql`DELETE FROM usage_rollup WHERE tenant_id = ${tenant}
    AND facet IN ('who', 'all') AND grain IN ('hour', 'day') AND start_ms >= ${startMs}
    AND start_ms < ${endMs} AND key_id <> ''`);
  yield* forgetInCosts(tenant, startMs, endMs);
  return true;
}

function* forgetInCosts(tenant: TenantId, startMs: number, endMs: number): Steps<null> {
  yield* change(sql`INSERT INTO cost_rollup (tenant_id, facet, grain, start_ms, user_id, key_id,
      service_id, tool, rule_id, currency, subscription_id, period_start_ms, part, charges,
      amount_nano)
    SELECT tenant_id, facet, grain, start_ms, '', '', service_id, tool, rule_id, currency,
      subscription_id, period_start_ms, part, CAST(sum(charges) AS bigint),
      CAST(sum(amount_nano) AS bigint)
    FROM cost_rollup WHERE tenant_id = ${tenant} AND facet IN ('who', 'all')
      AND grain IN ('hour', 'day') AND start_ms >= ${startMs} AND start_ms < ${endMs}
      AND key_id <> ''
    GROUP BY tenant_id, facet, grain, start_ms, service_id, tool, rule_id, currency,
      subscription_id, period_start_ms, part
    ON CONFLICT (tenant_id, facet, grain, start_ms, user_id, key_id, service_id, tool, rule_id,
      currency, subscription_id, period_start_ms, part)
    DO UPDATE SET charges = cost_rollup.charges + excluded.charges,
      amount_nano = cost_rollup.amount_nano + excluded.amount_nano`);
  yield* change(sql`DELETE FROM cost_rollup WHERE tenant_id = ${tenant}
    AND facet IN ('who', 'all') AND grain IN ('hour', 'day') AND start_ms >= ${startMs}
    AND start_ms < ${endMs} AND key_id <> ''`);
  return null;
}
