import { createHash } from 'node:crypto';
import type { JsonObject } from '../kernel/json.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { TEST_TOPIC, WebhookTopic } from './topics.ts';

/** Something that happened in a tenant. */
export interface NewEvent {
  readonly topic: WebhookTopic | typeof TEST_TOPIC;
  /** What it is about, in texts that only this event of its topic has: its id follows from them. */
  readonly purpose: readonly string[];
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** What receivers get; amounts as decimal text, moments as epoch milliseconds. */
  readonly data: JsonObject;
}

/** An event as it is kept and sent. */
export interface OutboxEvent {
  readonly id: string;
  readonly topic: NewEvent['topic'];
  /** The JSON that every receiver gets, the same at each try. */
  readonly body: string;
  readonly atMs: number;
}

/** Writes an event for the outbox; the same event twice has the same id. */
export function outboxEventOf(
  tenant: TenantId,
  { topic, purpose, atMs, data }: NewEvent,
): OutboxEvent {
  const text = JSON.stringify([tenant, topic, ...purpose]);
  const id = `evt_${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
  const body = { id, type: topic, timestamp: new Date(atMs).toISOString(), tenant, data };
  return { id, topic, body: JSON.stringify(body), atMs };
}
