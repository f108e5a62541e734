import {
  decodeState,
  gateKey,
  gateMark,
  meterMark,
  periodMark,
  type BookedPeriod,
  type MatchedRecord,
  type Meter,
} from '../../../../billing/store.ts';
import { parseExact } from '../../../../kernel/exact.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql, tuples } from '../../sql.ts';
import { allRows, firstRow, type Steps } from '../../transaction.ts';
import { chunks } from './chunks.ts';

/** The gates of these records that were passed before. */
export function* passedGates(
  tenant: TenantId,
  matched: readonly MatchedRecord[],
): Steps<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const { record, hits } of matched) {
    for (const { rule } of hits) keys.add(gateKey(rule.unit, record));
  }
  const passed = new Set<string>();
  for (const some of chunks([...keys])) {
    const rows = yield* allRows<{ readonly key: string; readonly unit: string }>(sql`SELECT
      gate_key AS key, unit FROM charge
      WHERE tenant_id = ${tenant} AND gate_key IN (VALUES ${tuples(some.map((key) => [key]))})`);
    for (const { key, unit } of rows) passed.add(gateMark(key, unit));
  }
  return passed;
}

/** A period that was opened; undefined when it was not. */
export function* bookedPeriod(
  tenant: TenantId,
  subscriptionId: string,
  startMs: number,
): Steps<BookedPeriod | undefined> {
  const row = yield* firstRow<{ readonly endMs: number; readonly share: string | null }>(
    sql`SELECT end_ms AS "endMs", share FROM billing_period WHERE tenant_id = ${tenant}
      AND subscription_id = ${subscriptionId} AND start_ms = ${startMs}`,
  );
  if (row === undefined) return undefined;
  const share = row.share === null ? null : parseExact(row.share);
  return { subscriptionId, startMs, endMs: row.endMs, share };
}

/** The counters of these rules in a period; of all rules when none is named. */
export function* metersOf(
  tenant: TenantId,
  subscriptionId: string,
  startMs: number,
  ruleIds?: readonly string[],
): Steps<ReadonlyMap<string, Meter>> {
  const meters = new Map<string, Meter>();
  if (ruleIds === undefined) {
    const rows = yield* allRows<MeterRow>(sql`SELECT rule_id AS "ruleId", state,
      CAST(posted_nano AS text) AS posted FROM meter WHERE tenant_id = ${tenant}
      AND subscription_id = ${subscriptionId} AND period_start_ms = ${startMs}`);
    for (const row of rows) addMeter(meters, subscriptionId, startMs, row);
    return meters;
  }
  for (const some of chunks(ruleIds)) {
    const rows = yield* allRows<MeterRow>(sql`SELECT rule_id AS "ruleId", state,
      CAST(posted_nano AS text) AS posted FROM meter WHERE tenant_id = ${tenant}
      AND subscription_id = ${subscriptionId} AND period_start_ms = ${startMs}
      AND rule_id IN (VALUES ${tuples(some.map((id) => [id]))})`);
    for (const row of rows) addMeter(meters, subscriptionId, startMs, row);
  }
  return meters;
}

/** Of each period that the records are of, the rules that they meet. */
export function rulesByPeriod(
  matched: readonly MatchedRecord[],
): ReadonlyMap<string, { readonly match: MatchedRecord; readonly ruleIds: Set<string> }> {
  const groups = new Map<string, { match: MatchedRecord; ruleIds: Set<string> }>();
  for (const match of matched) {
    const mark = periodMark(match.plan.subscription.id, match.period.startMs);
    let group = groups.get(mark);
    if (group === undefined) groups.set(mark, (group = { match, ruleIds: new Set() }));
    for (const { rule } of match.hits) group.ruleIds.add(rule.id);
  }
  return groups;
}

interface MeterRow {
  readonly ruleId: string;
  readonly state: string;
  readonly posted: string;
}

function addMeter(
  meters: Map<string, Meter>,
  subscriptionId: string,
  periodStartMs: number,
  { ruleId, state, posted }: MeterRow,
): void {
  const key = { subscriptionId, ruleId, periodStartMs };
  meters.set(meterMark(key), { ...key, state: decodeState(state), posted: BigInt(posted) });
}
