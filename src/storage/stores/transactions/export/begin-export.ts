import type { BatchPlace, DoneBatch, FailedBatch } from '../../../../billing/export/store.ts';
import type { Fence } from '../../../../kernel/fence.ts';
import { placeText } from '../../rows/exporter-rows.ts';
import { sql } from '../../sql.ts';
import { change, type Steps } from '../../transaction.ts';
import { holdsFence } from '../leases.ts';

/** Notes that a batch may be on its way from now on; what was noted before stays. */
export function* beginExport({
  batch: { tenant, id, from, to },
  nowMs,
  fence,
}: {
  readonly batch: BatchPlace;
  readonly nowMs: number;
  readonly fence: Fence;
}): Steps<boolean> {
  if (!(yield* holdsFence(fence))) return false;
  const changed = yield* change(sql`UPDATE billing_exporter
    SET sending = ${placeText(to)}, sending_since_ms = ${nowMs}
    WHERE tenant_id = ${tenant} AND id = ${id} AND acknowledged = ${placeText(from)}
      AND sending IS NULL`);
  return changed > 0;
}

/** Moves an exporter on behind its batch and keeps what was refused of it. */
export function* finishExport({
  batch: { tenant, id, from, to, isWhole, exported, skipped, refused, nowMs },
  fence,
}: {
  readonly batch: DoneBatch;
  readonly fence: Fence;
}): Steps<boolean> {
  if (!(yield* holdsFence(fence))) return false;
  const changed = yield* change(sql`UPDATE billing_exporter
    SET acknowledged = ${placeText(to)},
      exported = exported + ${exported}, skipped = skipped + ${skipped}, failures = 0,
      next_at_ms = ${nowMs}, last_problem = ${null}, last_at_ms = ${nowMs}
    WHERE tenant_id = ${tenant} AND id = ${id} AND acknowledged = ${placeText(from)}`);
  if (changed === 0) return false;
  if (isWhole) {
    yield* change(sql`UPDATE billing_exporter SET sending = ${null}, sending_since_ms = ${null}
      WHERE tenant_id = ${tenant} AND id = ${id}`);
  }
  // Few are ever refused.
  for (const { gateKey, ruleId, seq, eventId, reason, atMs, sinceMs } of refused) {
    yield* change(sql`INSERT INTO billing_export_refused (tenant_id, exporter_id, gate_key,
        rule_id, seq, event_id, reason, at_ms, retry_at_ms, since_ms)
      VALUES (${tenant}, ${id}, ${gateKey}, ${ruleId}, ${seq}, ${eventId}, ${reason}, ${atMs},
        ${null}, ${sinceMs})
      ON CONFLICT DO NOTHING`);
  }
  return true;
}

/** Has an exporter wait. Its batch stays noted, unless nothing of it can have arrived. */
export function* failExport({
  batch: { tenant, id, problem, nextAtMs, nowMs, isCertain },
  fence,
}: {
  readonly batch: FailedBatch;
  readonly fence: Fence;
}): Steps<boolean> {
  if (!(yield* holdsFence(fence))) return false;
  if (isCertain) {
    yield* change(sql`UPDATE billing_exporter SET sending = ${null}, sending_since_ms = ${null}
      WHERE tenant_id = ${tenant} AND id = ${id}`);
  }
  const changed = yield* change(sql`UPDATE billing_exporter SET failures = failures + 1,
      next_at_ms = ${nextAtMs}, last_problem = ${problem}, last_at_ms = ${nowMs}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  return changed > 0;
}
