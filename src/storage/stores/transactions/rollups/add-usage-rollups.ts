import {
  addEncodedLatency,
  encodeLatency,
  otherOf,
  regroup,
  usagePlace,
  RunningUsage,
  type UsageRollup,
  type UsageRow,
} from '../../../../metering/store.ts';
import { asTable, sql, type RowsTarget } from '../../sql.ts';
import { addRows, allRows, type Steps } from '../../transaction.ts';
import { findFull } from './fold-full.ts';
import { rebuildsNow, type Rebuild } from './rebuilds-now.ts';

const TENANT = usagePlace('tenant');
const ID = usagePlace('id');
const STARTED = usagePlace('startedAtMs');

/** Records of a transaction, on their way into the rows that sum them up. */
export interface UsageCount {
  /** Counts a record that was just inserted; keeps nothing of it but its figures. */
  add(row: UsageRow): void;
  /** Adds what was counted to the rows, once, at the end of the transaction. */
  write(): Steps<null>;
}

/**
 * Begins to count records. The caller holds the tenants' rows of `usage_total` until its end, so
 * nobody else changes these meanwhile.
 */
export function* beginUsageCount(): Steps<UsageCount> {
  const rebuilds = yield* rebuildsNow();
  const sums = new RunningUsage();
  return {
    add: (row) => {
      if (rebuilds.size === 0 || isCountedNow(row, rebuilds)) sums.add(row);
    },
    write: () => writeUsageRollups(sums.rollups()),
  };
}

/** Adds records that were just inserted to the rows that sum them up. */
export function* addUsageRollups(rows: readonly UsageRow[]): Steps<null> {
  if (rows.length === 0) return null;
  const count = yield* beginUsageCount();
  for (const row of rows) count.add(row);
  return yield* count.write();
}

/** A record ahead of the cursor is counted when the cursor gets there. */
function isCountedNow(row: UsageRow, rebuilds: ReadonlyMap<string, Rebuild>): boolean {
  const rebuild = rebuilds.get(row[TENANT] as string);
  if (rebuild === undefined) return true;
  return (row[STARTED] as number) < rebuild.fromMs || (row[ID] as string) <= rebuild.usageAfter;
}

/** Adds rows to those that are there; what finds no room goes into the one for all others. */
export function* writeUsageRollups(rows: readonly UsageRollup[]): Steps<null> {
  if (rows.length === 0) return null;
  const fresh = yield* addKept(rows);
  const full = yield* findFull('usage_rollup', fresh);
  if (full.size === 0) return yield* upsert(rows);
  const folded = regroup([...full], (row) => otherOf(row));
  yield* addKept(folded);
  return yield* upsert([...rows.filter((row) => !full.has(row)), ...folded]);
}

const KEY = {
  tenant_id: 'text',
  facet: 'text',
  grain: 'text',
  start_ms: 'bigint',
  user_id: 'text',
  key_id: 'text',
  service_id: 'text',
  tool: 'text',
  outcome: 'text',
} as const;

/** The row that is there is added to; its durations were read and are in the new text. */
const ROLLUP: RowsTarget = {
  table: 'usage_rollup',
  columns: {
    ...KEY,
    records: 'bigint',
    calls: 'bigint',
    duration_us: 'bigint',
    bytes_in: 'bigint',
    bytes_out: 'bigint',
    tokens: 'bigint',
    events: 'bigint',
    latency: 'text',
  },
  end: `ON CONFLICT (${Object.keys(KEY).join(', ')}) DO UPDATE SET
    records = usage_rollup.records + excluded.records,
    calls = usage_rollup.calls + excluded.calls,
    duration_us = usage_rollup.duration_us + excluded.duration_us,
    bytes_in = usage_rollup.bytes_in + excluded.bytes_in,
    bytes_out = usage_rollup.bytes_out + excluded.bytes_out,
    tokens = usage_rollup.tokens + excluded.tokens,
    events = usage_rollup.events + excluded.events,
    latency = excluded.latency`,
};

/**
 * Adds the durations of the rows that are there to these, and returns those that are not. The
 * subquery makes both engines look each key up, whatever their planners think of the table.
 */
function* addKept(rows: readonly UsageRollup[]): Steps<readonly UsageRollup[]> {
  const lines = rows.map((row, place) => [place, ...keyOf(row)]);
  const keys = asTable({ place: 'bigint', ...KEY }, lines);
  const found = yield* allRows<{ readonly place: number; readonly latency: string | null }>(
    sql`SELECT place, (SELECT latency FROM usage_rollup AS kept
        WHERE kept.tenant_id = line.tenant_id AND kept.facet = line.facet
          AND kept.grain = line.grain AND kept.start_ms = line.start_ms
          AND kept.user_id = line.user_id AND kept.key_id = line.key_id
          AND kept.service_id = line.service_id AND kept.tool = line.tool
          AND kept.outcome = line.outcome) AS latency FROM ${keys} AS line`,
  );
  const fresh: UsageRollup[] = [];
  for (const { place, latency } of found) {
    const row = rows[place];
    if (row === undefined) continue;
    if (latency === null) fresh.push(row);
    else addEncodedLatency(row.latency, latency);
  }
  return fresh;
}

function* upsert(rows: readonly UsageRollup[]): Steps<null> {
  return yield* addRows(
    ROLLUP,
    rows.map((row) => [
      ...keyOf(row),
      row.records,
      row.calls,
      row.durationMicros,
      row.bytesIn,
      row.bytesOut,
      row.tokens,
      row.events,
      encodeLatency(row.latency),
    ]),
  );
}

function keyOf(row: UsageRollup): readonly (string | number)[] {
  const { tenant, facet, grain, startMs, user, key, service, tool, outcome } = row;
  return [tenant, facet, grain, startMs, user, key, service, tool, outcome];
}
