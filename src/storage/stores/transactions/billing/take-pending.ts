import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { RatedUsage } from '../../../../billing/store.ts';
import { RATED_SELECTION, toRated, type RatedColumns } from '../../rows/usage-rows.ts';
import { sql } from '../../sql.ts';
import { allArrays, allRows, change, type Steps } from '../../transaction.ts';

/** Records taken from those that wait to be rated. */
export interface TakenRecords {
  /** In the order in which they came: by batch, then by id. */
  readonly records: readonly RatedUsage[];
  /** The batch that each came in. */
  blockOf(usageId: string): number;
  readonly hasMore: boolean;
}

interface RunRow {
  readonly block: number;
  readonly firstId: string;
  readonly lastId: string;
  readonly records: number;
}

/** Runs of ids that are looked at in one go. */
const RUNS_MAX = 64;

/** Takes the oldest runs of a tenant's records, up to `ratedRecordsMax` records or one run. */
export function* takePending(tenant: TenantId): Steps<TakenRecords> {
  const waiting = yield* allRows<RunRow>(sql`SELECT block, first_id AS "firstId",
      last_id AS "lastId", records FROM usage_pending WHERE tenant_id = ${tenant}
    ORDER BY block, first_id LIMIT ${RUNS_MAX}`);
  const records: RatedUsage[] = [];
  const blocks: { readonly block: number; readonly records: readonly RatedUsage[] }[] = [];
  let taken = 0;
  for (const run of waiting) {
    if (taken > 0 && records.length + run.records > limits.ratedRecordsMax) break;
    taken++;
    const some = yield* takeRun(tenant, run);
    for (const record of some) records.push(record);
    blocks.push({ block: run.block, records: some });
  }
  const blockOf = (usageId: string): number =>
    blocks.find((one) => one.records.some(({ id }) => id === usageId))?.block ?? 0;
  return { records, blockOf, hasMore: taken < waiting.length || waiting.length === RUNS_MAX };
}

/** Takes the oldest runs of a tenant's records away without reading them. */
export function* dropPending(
  tenant: TenantId,
): Steps<{ readonly records: number; readonly hasMore: boolean }> {
  const dropped = yield* allRows<{ readonly records: number }>(sql`DELETE FROM usage_pending
    WHERE tenant_id = ${tenant} AND (block, first_id) IN (SELECT block, first_id
      FROM usage_pending WHERE tenant_id = ${tenant} ORDER BY block, first_id LIMIT ${RUNS_MAX})
    RETURNING records`);
  const records = dropped.reduce((sum, run) => sum + run.records, 0);
  return { records, hasMore: dropped.length === RUNS_MAX };
}

/** Whoever deletes the run has its records: another who tries waits, and then finds it gone. */
function* takeRun(
  tenant: TenantId,
  { block, firstId, lastId }: RunRow,
): Steps<readonly RatedUsage[]> {
  const deleted = yield* change(sql`DELETE FROM usage_pending
    WHERE tenant_id = ${tenant} AND block = ${block} AND first_id = ${firstId}`);
  if (deleted === 0) return [];
  const rows = yield* allArrays<RatedColumns>({
    texts: [
      `SELECT ${RATED_SELECTION} FROM usage_record WHERE tenant_id = `,
      ' AND id >= ',
      ' AND id <= ',
      ' AND block = ',
      ' ORDER BY id',
    ],
    values: [tenant, firstId, lastId, block],
  });
  return rows.map(toRated);
}
