import { createHmac } from 'node:crypto';

/** What identifies and dates one message. */
export interface WebhookStamp {
  readonly id: string;
  readonly atMs: number;
}

/**
 * The headers that prove a message (Standard Webhooks 1.0): HMAC-SHA-256 over id, time in seconds
 * and body. Without a secret the message is not signed.
 */
export function webhookHeaders(
  body: string,
  { id, atMs }: WebhookStamp,
  secret: string | undefined,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1000));
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
  };
  if (secret === undefined) return headers;
  const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${digest}` };
}
