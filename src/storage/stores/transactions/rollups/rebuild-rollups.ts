import type { Charge } from '../../../../billing/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { rollUpUsage, usageFields, type UsageRow } from '../../../../metering/store.ts';
import { toCharge, type ChargeRow } from '../../rows/charge-rows.ts';
import { USAGE_SELECTION } from '../../rows/usage-rows.ts';
import { sql } from '../../sql.ts';
import { allRows, change, firstRow, type Steps } from '../../transaction.ts';
import { countCharges } from './add-cost-rollups.ts';
import { writeUsageRollups } from './add-usage-rollups.ts';
import { PAST_ALL_USAGE, rebuildsNow, type Rebuild } from './rebuilds-now.ts';

const DAY_MS = 86_400_000;
/** `use_` and the twelve digits of its moment. */
const ID_TIME = /^use_([0-9a-f]{12})/;

/**
 * Asks for a tenant's rows to be made again, from the first day of which no record was let go; what
 * is older stays as it is.
 */
export function* startRollupRebuild({ tenant }: { readonly tenant: TenantId }): Steps<null> {
  const cut = yield* firstRow<{ readonly lastId: string }>(
    sql`SELECT last_id AS "lastId" FROM usage_cut WHERE tenant_id = ${tenant}`,
  );
  const fromMs = cut === undefined ? 0 : keptFrom(cut.lastId);
  yield* change(sql`INSERT INTO rollup_rebuild (tenant_id, from_ms, is_emptied, usage_after,
      gate_after, rule_after, seq_after)
    VALUES (${tenant}, ${fromMs}, 0, '', '', '', 0)
    ON CONFLICT (tenant_id) DO UPDATE SET from_ms = excluded.from_ms, is_emptied = 0,
      usage_after = '', gate_after = '', rule_after = '', seq_after = 0`);
  return null;
}

/** The second day after that of an id: an exchange begins when its id is made, or nearly. */
export function keptFrom(lastId: string): number {
  const timeMs = Number.parseInt(ID_TIME.exec(lastId)?.[1] ?? '0', 16);
  return timeMs === 0 ? 0 : (Math.floor(timeMs / DAY_MS) + 2) * DAY_MS;
}

/**
 * Makes some of a tenant's rows again: the rows are emptied first, then records and charges are
 * counted in the order of their keys. Those that come meanwhile are counted at once when they are
 * behind the cursor, and else when it gets there. True while there is more.
 */
export function* rebuildRollups({ tenant }: { readonly tenant: TenantId }): Steps<boolean> {
  // Whoever stores records of the tenant holds this row until they are counted.
  yield* change(sql`UPDATE usage_total SET records = records WHERE tenant_id = ${tenant}`);
  const rebuild = (yield* rebuildsNow()).get(tenant);
  if (rebuild === undefined) return false;
  if (!rebuild.isEmptied) return yield* emptyRollups(tenant, rebuild);
  if (rebuild.usageAfter !== PAST_ALL_USAGE) return yield* countRecords(tenant, rebuild);
  return yield* countMoreCharges(tenant, rebuild);
}

/** Rows are kept with nothing in them: so that the same ones have a row of their own again. */
function* emptyRollups(tenant: TenantId, { fromMs }: Rebuild): Steps<true> {
  yield* change(sql`UPDATE usage_rollup SET records = 0, calls = 0, duration_us = 0, bytes_in = 0,
      bytes_out = 0, tokens = 0, events = 0, latency = ''
    WHERE tenant_id = ${tenant} AND start_ms >= ${fromMs}`);
  yield* change(sql`UPDATE cost_rollup SET charges = 0, amount_nano = 0
    WHERE tenant_id = ${tenant} AND start_ms >= ${fromMs}`);
  yield* change(sql`UPDATE rollup_rebuild SET is_emptied = 1 WHERE tenant_id = ${tenant}`);
  return true;
}

function* countRecords(tenant: TenantId, { usageAfter, fromMs }: Rebuild): Steps<true> {
  const rowsMax = limits.rollupRebuildRowsMax;
  const found = yield* allRows<Readonly<Record<string, UsageRow[number]>>>({
    texts: [
      `SELECT ${USAGE_SELECTION} FROM usage_record WHERE tenant_id = `,
      ' AND id > ',
      ' ORDER BY id LIMIT ',
      '',
    ],
    values: [tenant, usageAfter, rowsMax],
  });
  const rows = found.map((row) => usageFields.map(({ name }) => row[name] ?? null));
  const started = usageFields.findIndex(({ name }) => name === 'startedAtMs');
  const counted = rows.filter((row) => (row[started] as number) >= fromMs);
  yield* writeUsageRollups(rollUpUsage(counted));
  const after = rows.length < rowsMax ? PAST_ALL_USAGE : (found.at(-1)?.['id'] ?? PAST_ALL_USAGE);
  yield* change(sql`UPDATE rollup_rebuild SET usage_after = ${after} WHERE tenant_id = ${tenant}`);
  return true;
}

function* countMoreCharges(tenant: TenantId, { chargeAfter, fromMs }: Rebuild): Steps<boolean> {
  const rowsMax = limits.rollupRebuildRowsMax;
  const { gateKey, ruleId, seq } = chargeAfter;
  const rows = yield* allRows<ChargeRow>(sql`SELECT gate_key AS "gateKey", rule_id AS "ruleId", seq,
      unit, kind, usage_id AS "usageId", plan_version_id AS "planVersionId",
      subscription_id AS "subscriptionId", period_start_ms AS "periodStartMs",
      service_period_start_ms AS "servicePeriodStartMs", quantity,
      CAST(amount_nano AS text) AS amount, currency, ledger_tx_id AS "ledgerTxId", at_ms AS "atMs"
    FROM charge WHERE tenant_id = ${tenant}
      AND (gate_key, rule_id, seq) > (${gateKey}, ${ruleId}, ${seq})
    ORDER BY gate_key, rule_id, seq LIMIT ${rowsMax}`);
  const charges: readonly Charge[] = rows.map(toCharge);
  yield* countCharges(
    tenant,
    charges.filter(({ atMs }) => atMs >= fromMs),
  );
  const last = charges.at(-1);
  if (last === undefined || charges.length < rowsMax) return yield* finish(tenant);
  yield* change(sql`UPDATE rollup_rebuild SET gate_after = ${last.gateKey},
    rule_after = ${last.ruleId}, seq_after = ${last.seq} WHERE tenant_id = ${tenant}`);
  return true;
}

/** Totals know of records that were let go before there was anything to sum them up in. */
function* noteUnsummed(tenant: TenantId): Steps<null> {
  yield* change(sql`DELETE FROM usage_unsummed WHERE tenant_id = ${tenant}`);
  yield* change(sql`INSERT INTO usage_unsummed (tenant_id, records, bytes_out)
    SELECT tenant_id, records - coalesce((SELECT CAST(sum(records) AS bigint) FROM usage_rollup
        WHERE tenant_id = ${tenant} AND facet = 'total' AND grain = 'day'), 0),
      bytes_out - coalesce((SELECT CAST(sum(bytes_out) AS bigint) FROM usage_rollup
        WHERE tenant_id = ${tenant} AND facet = 'total' AND grain = 'day'), 0)
    FROM usage_total WHERE tenant_id = ${tenant}`);
  return null;
}

/** Rows that are still empty were of nothing. */
function* finish(tenant: TenantId): Steps<false> {
  yield* change(sql`DELETE FROM usage_rollup WHERE tenant_id = ${tenant} AND records = 0`);
  yield* change(sql`DELETE FROM cost_rollup WHERE tenant_id = ${tenant} AND charges = 0`);
  yield* change(sql`DELETE FROM rollup_rebuild WHERE tenant_id = ${tenant}`);
  yield* noteUnsummed(tenant);
  return false;
}
