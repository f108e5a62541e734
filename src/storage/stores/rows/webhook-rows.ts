import type { WantedTopic, WebhookEndpoint } from '../../../webhooks/store.ts';
import type { WebhookTables } from '../tables/webhook-tables.ts';

/** A row of `webhook_endpoint`. */
export type EndpointRow = WebhookTables['webhook_endpoint'];

/** Reads an endpoint. */
export function toEndpoint(row: EndpointRow): WebhookEndpoint {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    topics: JSON.parse(row.topics) as readonly WantedTopic[],
    enabled: row.enabled === 1,
    previousUntilMs: row.previous_until_ms,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    version: row.version,
  };
}
