import type { TenantId } from '../../../kernel/principal.ts';
import type { DeliveryState } from '../../../webhooks/store.ts';

/** The tables of webhooks, for Kysely; the migrations are the authority. */
export interface WebhookTables {
  readonly webhook_endpoint: {
    tenant_id: TenantId;
    id: string;
    url: string;
    description: string;
    topics: string;
    enabled: number;
    previous_until_ms: number | null;
    created_at_ms: number;
    updated_at_ms: number;
    version: number;
  };
  readonly outbox: {
    tenant_id: TenantId;
    id: string;
    topic: string;
    body: string;
    at_ms: number;
  };
  readonly webhook_delivery: {
    tenant_id: TenantId;
    endpoint_id: string;
    event_id: string;
    topic: string;
    state: DeliveryState;
    attempts: number;
    next_at_ms: number;
    last_at_ms: number | null;
    last_status: number | null;
    last_problem: string | null;
    created_at_ms: number;
  };
}
