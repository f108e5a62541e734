import type { EndedRetries, RefusedExport } from '../../../../billing/export/store.ts';
import type { Fence } from '../../../../kernel/fence.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { change, type Steps } from '../../transaction.ts';
import { holdsFence } from '../leases.ts';

interface Place {
  readonly tenant: TenantId;
  readonly id: string;
}

/** Marks what was refused to be sent once more, and has the exporter look at once. */
export function* retryExports({
  tenant,
  id,
  eventIds,
  nowMs,
}: Place & {
  /** Null for all. */
  readonly eventIds: readonly string[] | null;
  readonly nowMs: number;
}): Steps<number> {
  let marked = 0;
  if (eventIds === null) {
    marked += yield* change(sql`UPDATE billing_export_refused SET retry_at_ms = ${nowMs}
      WHERE tenant_id = ${tenant} AND exporter_id = ${id} AND retry_at_ms IS NULL`);
    marked += yield* change(sql`UPDATE billing_exported_invoice
      SET state = 'sending', at_ms = ${nowMs}
      WHERE tenant_id = ${tenant} AND exporter_id = ${id} AND state = 'refused'`);
  }
  for (const eventId of eventIds ?? []) {
    marked += yield* change(sql`UPDATE billing_export_refused SET retry_at_ms = ${nowMs}
      WHERE tenant_id = ${tenant} AND exporter_id = ${id} AND event_id = ${eventId}
        AND retry_at_ms IS NULL`);
    marked += yield* change(sql`UPDATE billing_exported_invoice
      SET state = 'sending', at_ms = ${nowMs}
      WHERE tenant_id = ${tenant} AND exporter_id = ${id} AND invoice_id = ${eventId}
        AND state = 'refused'`);
  }
  if (marked > 0) {
    yield* change(sql`UPDATE billing_exporter SET next_at_ms = ${nowMs}
      WHERE tenant_id = ${tenant} AND id = ${id}`);
  }
  return marked;
}

/** Notes that what was refused may be on its way once more; what was noted before stays. */
export function* beginRetries({
  tenant,
  id,
  keys,
  nowMs,
  fence,
}: Place & {
  readonly keys: readonly Pick<RefusedExport, 'gateKey' | 'ruleId' | 'seq'>[];
  readonly nowMs: number;
  readonly fence: Fence;
}): Steps<boolean> {
  if (!(yield* holdsFence(fence))) return false;
  for (const { gateKey, ruleId, seq } of keys) {
    yield* change(sql`UPDATE billing_export_refused SET since_ms = coalesce(since_ms, ${nowMs})
      WHERE tenant_id = ${tenant} AND exporter_id = ${id} AND gate_key = ${gateKey}
        AND rule_id = ${ruleId} AND seq = ${seq}`);
  }
  return true;
}

/** Takes off the list what arrived, and the mark off what was refused again. */
export function* endRetries({
  ended: { tenant, id, done, refused, absent, nowMs },
  fence,
}: {
  readonly ended: EndedRetries;
  readonly fence: Fence;
}): Steps<boolean> {
  if (!(yield* holdsFence(fence))) return false;
  let arrived = 0;
  for (const { gateKey, ruleId, seq } of done) {
    arrived += yield* change(sql`DELETE FROM billing_export_refused
      WHERE tenant_id = ${tenant} AND exporter_id = ${id} AND gate_key = ${gateKey}
        AND rule_id = ${ruleId} AND seq = ${seq}`);
  }
  for (const { gateKey, ruleId, seq, reason, sinceMs } of refused) {
    yield* change(sql`UPDATE billing_export_refused
      SET retry_at_ms = ${null}, reason = ${reason}, since_ms = ${sinceMs}, at_ms = ${nowMs}
      WHERE tenant_id = ${tenant} AND exporter_id = ${id} AND gate_key = ${gateKey}
        AND rule_id = ${ruleId} AND seq = ${seq}`);
  }
  for (const { gateKey, ruleId, seq } of absent) {
    yield* change(sql`UPDATE billing_export_refused SET since_ms = ${null}
      WHERE tenant_id = ${tenant} AND exporter_id = ${id} AND gate_key = ${gateKey}
        AND rule_id = ${ruleId} AND seq = ${seq}`);
  }
  yield* change(sql`UPDATE billing_exporter SET exported = exported + ${arrived}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  return true;
}
