import { createHmac } from 'node:crypto';

/** What identifies and dates one message. */
export interface WebhookStamp {
  readonly id: string;
  readonly atMs: number;
}

const PREFIX = 'whsec_';

/**
 * The headers that prove a message (Standard Webhooks 1.0): HMAC-SHA-256 over id, time in seconds
 * and body, under each of the secrets, of which the receiver needs to know one. Without a secret
 * the message is not signed.
 */
export function webhookHeaders(
  body: string,
  { id, atMs }: WebhookStamp,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1000));
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
  };
  if (secrets.length === 0) return headers;
  const signatures = secrets.map((secret) => {
    const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`);
    return `v1,${hmac.digest('base64')}`;
  });
  return { ...headers, 'webhook-signature': signatures.join(' ') };
}

/** A secret as the standard writes it stands for its bytes; any other text for itself. */
function keyOf(secret: string): Buffer | string {
  if (!secret.startsWith(PREFIX)) return secret;
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}

/** A secret as the standard writes it. */
export function webhookSecret(bytes: Uint8Array): string {
  return `${PREFIX}${Buffer.from(bytes).toString('base64')}`;
}
