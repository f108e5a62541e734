import type { Fence } from '../../../../kernel/fence.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { DeliverySweep, DeliveryTry, NewEvent, Replay } from '../../../../webhooks/store.ts';
import { sql, tuples } from '../../sql.ts';
import { allRows, change, type Steps } from '../../transaction.ts';
import { holdsFence } from '../leases.ts';
import { addDeliveries, addToOutbox } from './add-to-outbox.ts';

/** Adds an event that no other transaction brings. */
export function* addWebhookEvent({
  tenant,
  event,
  endpointId,
}: {
  readonly tenant: TenantId;
  readonly event: NewEvent;
  readonly endpointId: string | null;
}): Steps<null> {
  if (endpointId === null) return yield* addToOutbox(tenant, event);
  return yield* addDeliveries(tenant, event, [endpointId]);
}

/** Sends deliveries again, as if they were new; how many. */
export function* replayDeliveries({
  tenant,
  endpointId,
  replay: { eventIds, sinceMs, state, nowMs },
}: {
  readonly tenant: TenantId;
  readonly endpointId: string;
  readonly replay: Replay;
}): Steps<number> {
  const ids = eventIds ?? (yield* idsSince(tenant, endpointId, sinceMs ?? 0, state));
  if (ids.length === 0) return 0;
  return yield* change(sql`UPDATE webhook_delivery SET state = 'waiting', attempts = 0,
      next_at_ms = ${nowMs}
    WHERE tenant_id = ${tenant} AND endpoint_id = ${endpointId}
      AND event_id IN (VALUES ${tuples(ids.map((id) => [id]))})`);
}

/** Those that wait are sent anyway. */
function* idsSince(
  tenant: TenantId,
  endpointId: string,
  sinceMs: number,
  state: Replay['state'],
): Steps<readonly string[]> {
  const rows = yield* allRows<{ readonly id: string }>(sql`SELECT event_id AS id
    FROM webhook_delivery
    WHERE tenant_id = ${tenant} AND endpoint_id = ${endpointId} AND state <> 'waiting'
      AND (${state ?? ''} = '' OR state = ${state ?? ''}) AND created_at_ms >= ${sinceMs}
    ORDER BY created_at_ms, event_id LIMIT ${limits.webhookReplayMax}`);
  return rows.map(({ id }) => id);
}

/** Notes how tries went; false when another holds the job. */
export function* noteDeliveries({
  tries,
  fence,
}: {
  readonly tries: readonly DeliveryTry[];
  readonly fence: Fence;
}): Steps<boolean> {
  if (!(yield* holdsFence(fence))) return false;
  for (const one of tries) {
    yield* change(sql`UPDATE webhook_delivery SET state = ${one.state},
        attempts = ${one.attempts}, next_at_ms = ${one.nextAtMs}, last_at_ms = ${one.atMs},
        last_status = ${one.status}, last_problem = ${one.problem}
      WHERE tenant_id = ${one.tenant} AND endpoint_id = ${one.endpointId}
        AND event_id = ${one.eventId}`);
  }
  return true;
}

/** Deletes a page of what ended long ago, and events that nobody waits for any more. */
export function* sweepDeliveries({
  sweep: { deliveredBeforeMs, deadBeforeMs, rowsMax },
  fence,
}: {
  readonly sweep: DeliverySweep;
  readonly fence: Fence;
}): Steps<boolean | null> {
  const rows = yield* allRows<{
    readonly tenant: string;
    readonly endpoint: string;
    readonly event: string;
  }>(sql`SELECT tenant_id AS tenant, endpoint_id AS endpoint, event_id AS event
    FROM webhook_delivery
    WHERE (state = 'delivered' AND last_at_ms < ${deliveredBeforeMs})
      OR (state = 'dead' AND last_at_ms < ${deadBeforeMs})
    LIMIT ${rowsMax}`);
  // The fence is a write: a quiet disk is left alone.
  if (rows.length === 0) return false;
  if (!(yield* holdsFence(fence))) return null;
  const places = tuples(rows.map(({ tenant, endpoint, event }) => [tenant, endpoint, event]));
  yield* change(sql`DELETE FROM webhook_delivery
    WHERE (tenant_id, endpoint_id, event_id) IN (VALUES ${places})`);
  const events = tuples(rows.map(({ tenant, event }) => [tenant, event]));
  yield* change(sql`DELETE FROM outbox WHERE (tenant_id, id) IN (VALUES ${events})
    AND NOT EXISTS (SELECT 1 FROM webhook_delivery
      WHERE webhook_delivery.tenant_id = outbox.tenant_id
        AND webhook_delivery.event_id = outbox.id)`);
  return rows.length === rowsMax;
}
