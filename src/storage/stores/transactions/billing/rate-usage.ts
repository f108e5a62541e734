import {
  chargeRecords,
  matchRecords,
  type BookedPeriod,
  type DraftCharge,
  type MatchedRecord,
  type Meter,
  type RatedRecords,
  type RefusedRecord,
} from '../../../../billing/store.ts';
import type { Fence } from '../../../../kernel/fence.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql, type RowsTarget } from '../../sql.ts';
import type { TransactionMemo } from '../../transaction-memo.ts';
import { addRows, change, type Steps } from '../../transaction.ts';
import { holdsFence } from '../leases.ts';
import { openPeriod } from './open-period.ts';
import { dropPending, takePending } from './take-pending.ts';
import { metersOf, passedGates, rulesByPeriod } from './booked-period.ts';
import { serviceSlugs } from './service-slugs.ts';
import { drawRecords, hasPools } from './pools/draw-records.ts';
import { subscribedPlans } from './subscribed-plans.ts';
import { writeCharges, writeMeters } from './write-books.ts';

const REFUSED: RowsTarget = {
  table: 'rating_refused',
  columns: {
    tenant_id: 'text',
    usage_id: 'text',
    block: 'bigint',
    reason: 'text',
    at_ms: 'bigint',
  },
};

/**
 * Rates some of what a tenant has pending: takes it away, passes it through the gates, moves the
 * counters, books what is due. All of it or nothing; null when another holds the job.
 */
export function* rateUsage(
  {
    tenant,
    nowMs,
    fence,
  }: { readonly tenant: TenantId; readonly nowMs: number; readonly fence: Fence },
  { billing }: TransactionMemo,
): Steps<RatedRecords | null> {
  if (!(yield* holdsFence(fence))) return null;
  const plans = yield* subscribedPlans(tenant, billing);
  if (plans.length === 0 && !(yield* hasPools(tenant))) return yield* passPending(tenant);
  const taken = yield* takePending(tenant);
  const { records, hasMore } = taken;
  const slugs = yield* serviceSlugs(tenant, records);
  const { matched, refused } = matchRecords(records, plans, slugs);
  const charged = yield* chargeMatched(tenant, matched, nowMs);
  yield* drawRecords(tenant, { records, charges: charged.drafts, plans }, nowMs);
  const setAside = [...refused, ...charged.refused];
  yield* writeRefused(tenant, setAside, taken.blockOf, nowMs);
  yield* addToTotal(tenant, records.length, setAside.length, charged.charges);
  return {
    records: records.length,
    charges: charged.charges,
    refused: setAside.length,
    hasMore,
  };
}

/** A tenant without a plan or a budget is charged nothing, so its records need not be read. */
function* passPending(tenant: TenantId): Steps<RatedRecords> {
  const { records, hasMore } = yield* dropPending(tenant);
  yield* addToTotal(tenant, records, 0, 0);
  return { records, charges: 0, refused: 0, hasMore };
}

interface ChargedMatches {
  readonly charges: number;
  readonly drafts: readonly DraftCharge[];
  readonly refused: readonly RefusedRecord[];
}

function* chargeMatched(
  tenant: TenantId,
  matched: readonly MatchedRecord[],
  nowMs: number,
): Steps<ChargedMatches> {
  if (matched.length === 0) return { charges: 0, drafts: [], refused: [] };
  const passed = yield* passedGates(tenant, matched);
  const periods = new Map<string, BookedPeriod>();
  const meters = new Map<string, Meter>();
  for (const [mark, { match, ruleIds }] of rulesByPeriod(matched)) {
    const { plan, period } = match;
    const { id, startMs } = { id: plan.subscription.id, startMs: period.startMs };
    periods.set(mark, yield* openPeriod(tenant, plan, period, nowMs));
    for (const [key, meter] of yield* metersOf(tenant, id, startMs, ruleIds)) {
      meters.set(key, meter);
    }
  }
  const charged = chargeRecords(matched, { passed, periods, meters }, nowMs);
  const uses = new Map(matched.map(({ record }) => [record.id, record]));
  yield* writeCharges(tenant, charged.charges, {}, uses);
  yield* writeMeters(tenant, charged.meters);
  const drafts = charged.charges;
  return { charges: drafts.length, drafts, refused: charged.refused };
}

function* writeRefused(
  tenant: TenantId,
  refused: readonly RefusedRecord[],
  blockOf: (usageId: string) => number,
  nowMs: number,
): Steps<null> {
  const rows = refused.map(({ usageId, reason }) => {
    return [tenant, usageId, blockOf(usageId), reason, nowMs];
  });
  return yield* addRows(REFUSED, rows);
}

function* addToTotal(
  tenant: TenantId,
  records: number,
  refused: number,
  charges: number,
): Steps<null> {
  if (records === 0) return null;
  yield* change(sql`INSERT INTO rating_total (tenant_id, records, refused, charges)
    VALUES (${tenant}, ${records}, ${refused}, ${charges})
    ON CONFLICT (tenant_id) DO UPDATE SET records = rating_total.records + excluded.records,
      refused = rating_total.refused + excluded.refused,
      charges = rating_total.charges + excluded.charges`);
  return null;
}
