import type { TenantId } from '../../../kernel/principal.ts';
import type {
  Delivery,
  DeliveryQuery,
  DueDelivery,
  DuePlace,
  NewEvent,
  WebhookStore,
} from '../../../webhooks/store.ts';
import type { Database, QueryBuilder } from '../database.ts';
import { toEndpoint } from '../rows/webhook-rows.ts';

/** Endpoints of tenants, their outboxes, and what is on its way. */
export function createWebhookStore({ query, transact }: Database): WebhookStore {
  const endpoints = (tenant: TenantId) =>
    query.selectFrom('webhook_endpoint').selectAll().where('tenant_id', '=', tenant);
  return {
    endpoints: async (tenant) =>
      (await endpoints(tenant).orderBy('id').execute()).map((row) => toEndpoint(row)),
    endpoint: async (tenant, id) => {
      const row = await endpoints(tenant).where('id', '=', id).executeTakeFirst();
      return row && toEndpoint(row);
    },
    insert: async (tenant, endpoint, sealed) => {
      await transact('insertWebhookEndpoint', { tenant, endpoint, sealed });
    },
    update: (tenant, id, update) => transact('updateWebhookEndpoint', { tenant, id, update }),
    rotate: (tenant, id, rotation) => transact('rotateWebhookSecret', { tenant, id, rotation }),
    delete: (tenant, id, ifVersion) => transact('removeWebhookEndpoint', { tenant, id, ifVersion }),
    add: async (tenant, event, endpointId) => {
      await transact('addWebhookEvent', { tenant, event, endpointId: endpointId ?? null });
    },
    deliveries: (tenant, endpointId, asked) => deliveriesOf(query, tenant, endpointId, asked),
    event: async (tenant, id) => {
      const row = await query
        .selectFrom('outbox')
        .select(['id', 'topic', 'body', 'at_ms as atMs'])
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .executeTakeFirst();
      return row && { ...row, topic: row.topic as NewEvent['topic'] };
    },
    replay: (tenant, endpointId, replay) =>
      transact('replayDeliveries', { tenant, endpointId, replay }),
    duePlaces: (nowMs) =>
      query
        .selectFrom('webhook_endpoint')
        .select(['tenant_id as tenant', 'id as endpointId'])
        .where('enabled', '=', 1)
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('webhook_delivery')
              .select('event_id')
              .whereRef('webhook_delivery.tenant_id', '=', 'webhook_endpoint.tenant_id')
              .whereRef('webhook_delivery.endpoint_id', '=', 'webhook_endpoint.id')
              .where('state', '=', 'waiting')
              .where('next_at_ms', '<=', nowMs),
          ),
        )
        .orderBy('tenant_id')
        .orderBy('id')
        .execute(),
    due: (place, nowMs, rowsMax) => dueOf(query, place, nowMs, rowsMax),
    note: (tries, fence) => transact('noteDeliveries', { tries, fence }),
    sweep: async (sweep, fence) => {
      const any = query.selectFrom('webhook_delivery').select('event_id').limit(1);
      if ((await any.executeTakeFirst()) === undefined) return false;
      return (await transact('sweepDeliveries', { sweep, fence })) ?? undefined;
    },
  };
}

function deliveriesOf(
  query: QueryBuilder,
  tenant: TenantId,
  endpointId: string,
  { state, before, rowsMax }: DeliveryQuery,
): Promise<readonly Delivery[]> {
  return query
    .selectFrom('webhook_delivery')
    .select(['endpoint_id as endpointId', 'event_id as eventId', 'topic', 'state', 'attempts'])
    .select(['next_at_ms as nextAtMs', 'last_at_ms as lastAtMs', 'last_status as lastStatus'])
    .select(['last_problem as lastProblem', 'created_at_ms as createdAtMs'])
    .where('tenant_id', '=', tenant)
    .where('endpoint_id', '=', endpointId)
    .$if(state !== undefined, (rows) => rows.where('state', '=', state as Delivery['state']))
    .$if(before !== undefined, (rows) => {
      const { createdAtMs, eventId } = before as Delivery;
      return rows.where(({ or, and, eb }) =>
        or([
          eb('created_at_ms', '<', createdAtMs),
          and([eb('created_at_ms', '=', createdAtMs), eb('event_id', '<', eventId)]),
        ]),
      );
    })
    .orderBy('created_at_ms', 'desc')
    .orderBy('event_id', 'desc')
    .limit(rowsMax)
    .execute();
}

function dueOf(
  query: QueryBuilder,
  { tenant, endpointId }: DuePlace,
  nowMs: number,
  rowsMax: number,
): Promise<readonly DueDelivery[]> {
  return query
    .selectFrom('webhook_delivery as d')
    .innerJoin('outbox as o', (join) =>
      join.onRef('o.tenant_id', '=', 'd.tenant_id').onRef('o.id', '=', 'd.event_id'),
    )
    .innerJoin('webhook_endpoint as e', (join) =>
      join.onRef('e.tenant_id', '=', 'd.tenant_id').onRef('e.id', '=', 'd.endpoint_id'),
    )
    .select(['d.event_id as eventId', 'd.attempts', 'o.body', 'e.url'])
    .select('e.previous_until_ms as previousUntilMs')
    .where('d.tenant_id', '=', tenant)
    .where('d.endpoint_id', '=', endpointId)
    .where('d.state', '=', 'waiting')
    .where('d.next_at_ms', '<=', nowMs)
    .orderBy('d.next_at_ms')
    .limit(rowsMax)
    .execute();
}
