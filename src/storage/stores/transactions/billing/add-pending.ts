import type { PendingRun } from '../../../../billing/store.ts';
import { sql, tuples } from '../../sql.ts';
import { change, type Steps } from '../../transaction.ts';

/** Notes which records of a batch are to be rated. */
export function* addPending({
  block,
  runs,
}: {
  readonly block: number;
  readonly runs: readonly (PendingRun & { readonly tenant: string })[];
}): Steps<null> {
  if (runs.length === 0) return null;
  const rows = runs.map(({ tenant, firstId, lastId, records }) => {
    return [tenant, block, firstId, lastId, records];
  });
  yield* change(sql`INSERT INTO usage_pending (tenant_id, block, first_id, last_id, records)
    VALUES ${tuples(rows)}`);
  return null;
}
