import { limits } from '../../../../kernel/limits.ts';
import type { RollupKey } from '../../../../metering/store.ts';
import { asTable } from '../../sql.ts';
import { allRows, type Steps } from '../../transaction.ts';

const BUCKET = {
  place: 'bigint',
  tenant_id: 'text',
  facet: 'text',
  grain: 'text',
  start_ms: 'bigint',
} as const;

/**
 * Which new rows find no room, because their facet has as many in that hour or day as it may have.
 * Those with the smallest keys are let in first.
 */
export function* findFull<Row extends RollupKey>(
  table: 'usage_rollup' | 'cost_rollup',
  fresh: readonly Row[],
): Steps<ReadonlySet<Row>> {
  const bounded = fresh.filter(({ facet }) => facet !== 'total');
  const buckets = [...Map.groupBy(bounded, bucketMark).values()];
  const full = new Set<Row>();
  if (buckets.length === 0) return full;
  const counts = yield* allRows<{ readonly place: number; readonly rows: number }>({
    texts: [
      `SELECT place, (SELECT count(*) FROM ${table} AS kept
        WHERE kept.tenant_id = bucket.tenant_id AND kept.facet = bucket.facet
          AND kept.grain = bucket.grain AND kept.start_ms = bucket.start_ms) AS rows FROM `,
      ' AS bucket',
    ],
    values: [
      asTable(
        BUCKET,
        buckets.map(([first], place) => bucketOf(first as Row, place)),
      ),
    ],
  });
  for (const { place, rows } of counts) {
    const some = buckets[place] ?? [];
    const max = some[0]?.grain === 'day' ? limits.rollupDayRowsMax : limits.rollupHourRowsMax;
    const room = Math.max(0, max - rows);
    if (room >= some.length) continue;
    const inOrder = some.toSorted((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
    for (const row of inOrder.slice(room)) full.add(row);
  }
  return full;
}

function bucketMark({ tenant, facet, grain, startMs }: RollupKey): string {
  return `${tenant}\0${facet}\0${grain}\0${startMs}`;
}

function bucketOf({ tenant, facet, grain, startMs }: RollupKey, place: number) {
  return [place, tenant, facet, grain, startMs];
}

function orderOf({ user, key, service, tool }: RollupKey): string {
  return `${user}\0${key}\0${service}\0${tool}`;
}
