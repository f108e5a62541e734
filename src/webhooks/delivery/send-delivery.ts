import type { Egress } from '../../kernel/egress.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { retryAfterSeconds } from '../../kernel/http/retry-after.ts';
import { readSecrets, type SecretVault } from '../endpoints/endpoint-secrets.ts';
import { postSigned } from '../sending/post-signed.ts';
import type { DueDelivery, DuePlace } from '../store.ts';

/** What sending needs. */
export interface SendContext {
  readonly egress: Pick<Egress, 'request'>;
  readonly vault: Pick<SecretVault, 'read'>;
  /** Epoch milliseconds. */
  now(): number;
}

/** What a try came to. */
export interface SendResult {
  readonly isDelivered: boolean;
  /** Null when there was no answer. */
  readonly status: number | null;
  readonly problem: string | null;
  readonly retryAfterMs: number | undefined;
}

/** Sends one delivery; never rejects. Of the answer nothing but its head is read. */
export async function sendDelivery(
  { egress, vault, now }: SendContext,
  { tenant, endpointId }: DuePlace,
  { eventId, body, url, previousUntilMs }: DueDelivery,
): Promise<SendResult> {
  try {
    const atMs = now();
    const isRotating = previousUntilMs !== null && previousUntilMs > atMs;
    const secrets = await readSecrets(vault, tenant, endpointId, isRotating);
    const post = { url, id: eventId, body, secrets, atMs, timeoutMs: limits.webhookSendMs };
    return await postSigned(egress, post, (response) => {
      response.discard();
      const { status } = response;
      const isDelivered = status >= 200 && status < 300;
      const seconds = isDelivered ? undefined : retryAfterSeconds(response.headers);
      return {
        isDelivered,
        status,
        problem: isDelivered ? null : `It answered with status ${status}.`,
        retryAfterMs: seconds === undefined ? undefined : seconds * 1000,
      };
    });
  } catch (error) {
    return { isDelivered: false, status: null, problem: textOf(error), retryAfterMs: undefined };
  }
}

/** Why there was no answer, as far as the tenant may know. */
function textOf(error: unknown): string {
  if (!(error instanceof GatewayError)) return 'It could not be sent.';
  const text = `${error.code}: ${error.message}`;
  return text.slice(0, limits.webhookProblemCharactersMax);
}
