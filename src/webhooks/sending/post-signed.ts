import { Cancellation } from '../../kernel/cancellation.ts';
import type { Egress, EgressResponse } from '../../kernel/egress.ts';
import { webhookHeaders } from './sign-webhook.ts';

/** A message to another machine. */
export interface SignedPost {
  readonly url: string;
  /** Names the message, whatever often it is sent. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
  /** What both sides know, the newest first; unsigned without any. */
  readonly secrets: readonly string[];
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** For the whole exchange, `read` included. */
  readonly timeoutMs: number;
}

/**
 * Sends a message under the secret of a webhook and reads the answer. Rejects with what `read`
 * throws, and as the egress does, with `upstream_timeout` when all of it takes too long.
 */
export async function postSigned<Read>(
  egress: Pick<Egress, 'request'>,
  { url, id, body, secrets, atMs, timeoutMs }: SignedPost,
  read: (response: EgressResponse) => Read | Promise<Read>,
): Promise<Read> {
  const cancellation = new Cancellation();
  const timer = setTimeout(() => cancellation.cancel('deadline'), timeoutMs);
  timer.unref();
  try {
    const response = await egress.request({
      url,
      method: 'POST',
      headers: webhookHeaders(body, { id, atMs }, secrets),
      body,
      cancellation,
      headersTimeoutMs: timeoutMs,
    });
    return await read(response);
  } finally {
    clearTimeout(timer);
  }
}
