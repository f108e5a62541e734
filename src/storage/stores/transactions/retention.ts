import {
  emptyChain,
  emptyCut,
  type ChainHead,
  type CutRequest,
  type Retention,
  type RetentionChange,
  type SealedCalls,
  type UsageCut,
} from '../../../audit/store.ts';
import { checkVersion } from '../../../kernel/check-version.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { Fence } from '../../../kernel/fence.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql, tuples } from '../sql.ts';
import { allRows, change, firstRow, type Steps } from '../transaction.ts';
import { appendAudit } from './append-audit.ts';
import { holdsFence } from './leases.ts';
import { forgetPeople } from './rollups/forget-people.ts';
import { rebuildsNow } from './rollups/rebuilds-now.ts';

interface ChangeOf {
  readonly tenant: TenantId;
  readonly change: RetentionChange;
  readonly ifVersion?: number;
}

/** Sets how long a tenant keeps what. */
export function* changeRetention({
  tenant,
  change: wanted,
  ifVersion,
}: ChangeOf): Steps<Retention> {
  const row = yield* firstRow<Retention>(sql`SELECT usage_days AS "usageDays",
    audit_days AS "auditDays", chat_days AS "chatDays", version FROM retention
    WHERE tenant_id = ${tenant}`);
  const before = row ?? { usageDays: null, auditDays: null, chatDays: null, version: 0 };
  checkVersion(before.version, ifVersion);
  const after = { ...before, ...wanted, version: before.version + 1 };
  const { usageDays, auditDays, chatDays, version } = after;
  if (auditDays !== null && (usageDays === null || usageDays > auditDays)) {
    const text = 'Set usageDays to at most auditDays: events seal the usage records.';
    throw new GatewayError('invalid_configuration', text);
  }
  yield* change(sql`INSERT INTO retention (tenant_id, usage_days, audit_days, chat_days, version)
    VALUES (${tenant}, ${usageDays}, ${auditDays}, ${chatDays}, ${version})
    ON CONFLICT (tenant_id) DO UPDATE SET usage_days = excluded.usage_days,
      audit_days = excluded.audit_days, chat_days = excluded.chat_days,
      version = excluded.version`);
  return after;
}

type CutOf = CutRequest & { readonly tenant: TenantId };

interface EventRow {
  readonly seq: number;
  readonly atMs: number;
  readonly kind: string;
  readonly hash: string;
  readonly detail: string;
}

/** Lets go of the batches of usage records that are old. */
export function* cutUsage({ tenant, beforeMs, event, fence }: CutOf): Steps<boolean> {
  const cut = yield* usageCutOf(tenant);
  const rows = yield* allRows<EventRow>(sql`SELECT seq, at_ms AS "atMs", detail FROM audit_event
    WHERE tenant_id = ${tenant} AND seq > ${cut.seq} AND kind = 'calls'
    ORDER BY seq LIMIT ${limits.retentionRowsMax}`);
  const unrated = yield* firstUnrated(tenant);
  // What was used and not charged yet is kept, however old it is.
  const firstKept = rows.findIndex(
    ({ atMs, detail }) => atMs >= beforeMs || (JSON.parse(detail) as SealedCalls).block >= unrated,
  );
  const old = firstKept === -1 ? rows : rows.slice(0, firstKept);
  const last = old.at(-1);
  if (last === undefined) return false;
  if (!(yield* holdsFence(fence))) return false;
  const sealed = old.map(({ detail }) => JSON.parse(detail) as SealedCalls);
  const block = Math.max(cut.block, ...sealed.map((calls) => calls.block));
  const ids = [cut.lastId, ...sealed.map(({ lastId }) => lastId)];
  const lastId = ids.reduce((one, other) => (one > other ? one : other));
  yield* appendAudit({ tenant, events: [{ ...event, detail: { block } }] });
  yield* change(sql`INSERT INTO usage_cut (tenant_id, block, last_id, seq)
    VALUES (${tenant}, ${block}, ${lastId}, ${last.seq})
    ON CONFLICT (tenant_id) DO UPDATE SET block = excluded.block, last_id = excluded.last_id,
      seq = excluded.seq`);
  return true;
}

/** Lets go of the beginning of a chain: of old events that seal no records which are kept. */
export function* cutAudit({ tenant, beforeMs, event, fence }: CutOf): Steps<boolean> {
  const { block } = yield* usageCutOf(tenant);
  const begin = yield* auditCutOf(tenant);
  const rows = yield* allRows<EventRow>(sql`SELECT seq, at_ms AS "atMs", kind, hash, detail
    FROM audit_event WHERE tenant_id = ${tenant} AND seq > ${begin.seq}
    ORDER BY seq LIMIT ${limits.retentionRowsMax}`);
  const isKept = ({ atMs, kind, detail }: EventRow): boolean =>
    atMs >= beforeMs ||
    (kind === 'calls' && (JSON.parse(detail) as JsonObject & SealedCalls).block > block);
  const firstKept = rows.findIndex((row) => isKept(row));
  const last = firstKept === -1 ? rows.at(-1) : rows[firstKept - 1];
  if (last === undefined) return false;
  if (!(yield* holdsFence(fence))) return false;
  const { seq, hash } = last;
  yield* appendAudit({ tenant, events: [{ ...event, detail: { seq, hash } }] });
  yield* change(sql`INSERT INTO audit_cut (tenant_id, seq, hash)
    VALUES (${tenant}, ${seq}, ${hash})
    ON CONFLICT (tenant_id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`);
  return true;
}

/** Deletes a page of what is behind the cuts; true when there may be more. */
export function* sweepBehindCuts({
  tenant,
  fence,
}: {
  readonly tenant: TenantId;
  readonly fence: Fence;
}): Steps<boolean> {
  const rowsMax = limits.retentionRowsMax;
  const cut = yield* usageCutOf(tenant);
  const records = yield* allRows<{ readonly id: string }>(sql`SELECT id FROM usage_batch
    WHERE tenant_id = ${tenant} AND id <= ${cut.lastId} AND block <= ${cut.block}
    ORDER BY id LIMIT ${rowsMax}`);
  const begin = yield* auditCutOf(tenant);
  const events = yield* allRows<{ readonly seq: number }>(sql`SELECT seq FROM audit_event
    WHERE tenant_id = ${tenant} AND seq <= ${begin.seq} ORDER BY seq LIMIT ${rowsMax}`);
  const lastEvent = events.at(-1)?.seq;
  if (!(yield* holdsFence(fence))) return false;
  // Sums that are being made again need the records: these go afterwards.
  if ((yield* rebuildsNow()).has(tenant)) return false;
  const hasMorePeople = yield* forgetPeople(tenant, cut.lastId);
  if (records.length > 0) {
    yield* change(sql`DELETE FROM usage_batch WHERE tenant_id = ${tenant}
      AND id IN (VALUES ${tuples(records.map(({ id }) => [id]))}) AND block <= ${cut.block}`);
  }
  if (lastEvent !== undefined) {
    yield* change(sql`DELETE FROM audit_event
      WHERE tenant_id = ${tenant} AND seq <= ${lastEvent}`);
  }
  return hasMorePeople || records.length === rowsMax || events.length === rowsMax;
}

function* usageCutOf(tenant: TenantId): Steps<UsageCut> {
  const cut = yield* firstRow<UsageCut>(sql`SELECT block, last_id AS "lastId", seq FROM usage_cut
    WHERE tenant_id = ${tenant}`);
  return cut ?? emptyCut;
}

/** The first batch with records that wait to be rated; infinite when none does. */
function* firstUnrated(tenant: TenantId): Steps<number> {
  const row = yield* firstRow<{ readonly block: number | null }>(
    sql`SELECT min(block) AS block FROM usage_pending WHERE tenant_id = ${tenant}`,
  );
  return row?.block ?? Number.POSITIVE_INFINITY;
}

function* auditCutOf(tenant: TenantId): Steps<ChainHead> {
  const cut = yield* firstRow<ChainHead>(sql`SELECT seq, hash FROM audit_cut
    WHERE tenant_id = ${tenant}`);
  return cut ?? emptyChain;
}
