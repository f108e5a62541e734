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
import { sql, textSet } from '../../sql.ts';
import { allArrays, firstRow, type Steps } from '../../transaction.ts';

/** The gates of these records that were passed before. */
export function* passedGates(
  tenant: TenantId,
  matched: readonly MatchedRecord[],
): Steps<ReadonlySet<string>> {
  const keys = new Set<string>();
  for (const { record, hits } of matched) {
    for (const { rule } of hits) keys.add(gateKey(rule.unit, record));
  }
  const rows = yield* allArrays<readonly [key: string, unit: string]>(sql`SELECT gate_key, unit
    FROM charge WHERE tenant_id = ${tenant}
    AND gate_key IN (SELECT key FROM json_each(${textSet(keys)}))`);
  return new Set(rows.map(([key, unit]) => gateMark(key, unit)));
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
  ruleIds?: Iterable<string>,
): Steps<ReadonlyMap<string, Meter>> {
  const statement =
    ruleIds === undefined
      ? sql`SELECT rule_id, state, CAST(posted_nano AS text) FROM meter
        WHERE tenant_id = ${tenant} AND subscription_id = ${subscriptionId}
        AND period_start_ms = ${startMs}`
      : sql`SELECT rule_id, state, CAST(posted_nano AS text) FROM meter
        WHERE tenant_id = ${tenant} AND subscription_id = ${subscriptionId}
        AND period_start_ms = ${startMs}
        AND rule_id IN (SELECT key FROM json_each(${textSet(ruleIds)}))`;
  const meters = new Map<string, Meter>();
  for (const [ruleId, state, posted] of yield* allArrays<MeterColumns>(statement)) {
    const key = { subscriptionId, ruleId, periodStartMs: startMs };
    meters.set(meterMark(key), { ...key, state: decodeState(state), posted: BigInt(posted) });
  }
  return meters;
}

type MeterColumns = readonly [ruleId: string, state: string, posted: string];

/** Of each period that the records are of, the rules that they meet. */
export function rulesByPeriod(
  matched: readonly MatchedRecord[],
): ReadonlyMap<string, { readonly match: MatchedRecord; readonly ruleIds: Set<string> }> {
  const groups = new Map<string, { match: MatchedRecord; ruleIds: Set<string> }>();
  let last: { match: MatchedRecord; ruleIds: Set<string> } | undefined;
  for (const match of matched) {
    const { plan, period, hits } = match;
    // Most records are of the same period as the one before.
    if (last?.match.plan !== plan || last.match.period !== period) {
      const mark = periodMark(plan.subscription.id, period.startMs);
      last = groups.get(mark) ?? { match, ruleIds: new Set() };
      groups.set(mark, last);
    }
    for (const { rule } of hits) last.ruleIds.add(rule.id);
  }
  return groups;
}
