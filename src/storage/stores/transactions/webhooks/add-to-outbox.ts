import type { TenantId } from '../../../../kernel/principal.ts';
import { outboxEventOf, type NewEvent, type WantedTopic } from '../../../../webhooks/store.ts';
import { sql, tuples } from '../../sql.ts';
import { allRows, change, type Steps } from '../../transaction.ts';

/**
 * Tells those endpoints of a tenant that want it of an event, in the transaction of what the event
 * tells of: both are there, or neither. An event that was added before is not added again.
 */
export function* addToOutbox(tenant: TenantId, event: NewEvent): Steps<null> {
  const wanting = yield* allRows<{ readonly id: string; readonly topics: string }>(sql`SELECT
      id, topics FROM webhook_endpoint WHERE tenant_id = ${tenant} AND enabled = 1 ORDER BY id`);
  const endpoints = wanting.filter(({ topics }) => {
    const wanted = JSON.parse(topics) as readonly (WantedTopic | NewEvent['topic'])[];
    return wanted.includes('*') || wanted.includes(event.topic);
  });
  return yield* addDeliveries(
    tenant,
    event,
    endpoints.map(({ id }) => id),
  );
}

/** Adds an event for these endpoints alone. */
export function* addDeliveries(
  tenant: TenantId,
  event: NewEvent,
  endpointIds: readonly string[],
): Steps<null> {
  if (endpointIds.length === 0) return null;
  const { id, topic, body, atMs } = outboxEventOf(tenant, event);
  const added = yield* change(sql`INSERT INTO outbox (tenant_id, id, topic, body, at_ms)
    VALUES (${tenant}, ${id}, ${topic}, ${body}, ${atMs}) ON CONFLICT DO NOTHING`);
  if (added === 0) return null;
  yield* change(sql`INSERT INTO webhook_delivery (tenant_id, endpoint_id, event_id, topic, state,
      attempts, next_at_ms, created_at_ms)
    VALUES ${tuples(
      endpointIds.map((endpoint) => [tenant, endpoint, id, topic, 'waiting', 0, atMs, atMs]),
    )}`);
  return null;
}
