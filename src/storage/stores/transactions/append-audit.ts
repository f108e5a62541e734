import { chainOnto, type AuditEvent, type ChainHead } from '../../../audit/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql, tuples } from '../sql.ts';
import { allRows, change, firstRow, type Steps } from '../transaction.ts';

/** Adds events at the end of their tenant's chain; one that is there already is left alone. */
export function* appendAudit({
  tenant,
  events,
}: {
  readonly tenant: TenantId;
  readonly events: readonly AuditEvent[];
}): Steps<null> {
  if (events.length === 0) return null;
  // Writing to the head's row first makes whoever adds to this chain wait for the other.
  const head = (yield* firstRow<ChainHead>(sql`INSERT INTO audit_head (tenant_id, seq, hash)
    VALUES (${tenant}, 0, '')
    ON CONFLICT (tenant_id) DO UPDATE SET seq = audit_head.seq
    RETURNING seq, hash`)) as ChainHead;
  const there = yield* allRows<{ readonly id: string }>(sql`SELECT id FROM audit_event
    WHERE tenant_id = ${tenant} AND id IN (VALUES ${tuples(events.map(({ id }) => [id]))})`);
  const known = new Set(there.map(({ id }) => id));
  const chained = chainOnto(
    head,
    events.filter(({ id }) => !known.has(id)),
  );
  const last = chained.at(-1);
  if (last === undefined) return null;
  yield* change(sql`INSERT INTO audit_event (tenant_id, seq, id, at_ms, node_id, kind, action,
      outcome, subject, actor, grant_id, credential_id, target, rule, detail, hash)
    VALUES ${tuples(
      chained.map((event) => [
        tenant,
        event.seq,
        event.id,
        event.atMs,
        event.nodeId,
        event.kind,
        event.action,
        event.outcome,
        event.subject,
        event.actor,
        event.grantId,
        event.credentialId,
        event.target,
        event.rule,
        JSON.stringify(event.detail),
        event.hash,
      ]),
    )}`);
  yield* change(sql`UPDATE audit_head SET seq = ${last.seq}, hash = ${last.hash}
    WHERE tenant_id = ${tenant}`);
  return null;
}
