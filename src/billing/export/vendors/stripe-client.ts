import type Stripe from 'stripe';
import { Cancellation } from '../../../kernel/cancellation.ts';
import type { EgressResponse } from '../../../kernel/egress.ts';
import { limits } from '../../../kernel/limits.ts';
import { checkStatus, delayOf, type VendorEgress } from './post-to-vendor.ts';
import { VendorDelay } from './vendor.ts';

/** What Stripe found wrong with a request. */
export interface StripeFault {
  readonly text: string;
  readonly code: string | undefined;
}

/** Reads what Stripe's library throws; throws VendorDelay for what may be better later. */
export function stripeFault(error: unknown): StripeFault {
  const { statusCode, message, code } = error as Partial<Stripe.errors.StripeError>;
  if (statusCode === undefined) {
    const { detail } = error as { readonly detail?: unknown };
    throw detail instanceof VendorDelay ? detail : delayOf(detail);
  }
  return { text: message ?? '', code };
}

/** Stripe's library over our way out; loaded when something is sent first: few gateways need it. */
export async function openStripe(
  url: string | undefined,
  credential: string,
  egress: VendorEgress,
): Promise<Stripe> {
  const { default: Client } = await import('stripe');
  const { hostname, port, protocol } = new URL(url ?? 'https://api.stripe.com');
  return new Client(credential, {
    httpClient: Client.createFetchHttpClient(fetchBy(egress)),
    host: hostname,
    ...(port === '' ? {} : { port }),
    protocol: protocol === 'http:' ? 'http' : 'https',
    // Repeats are ours: an identifier makes them harmless, an idempotency key repeats an old error.
    maxNetworkRetries: 0,
    timeout: limits.exportSendMs,
    telemetry: false,
  });
}

/** Its library takes an answer without `error` for a success, whatever the status says. */
function checkAnswer({ status, headers }: EgressResponse, bytes: Buffer): void {
  if (status >= 200 && status < 300) return;
  checkStatus(status, headers);
  if (!bytes.includes('"error"'))
    throw new VendorDelay(`It answered with status ${status}.`, false);
}

/** The guarded way out in the shape of `fetch`. */
function fetchBy(
  egress: VendorEgress,
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (input, init = {}) => {
    const cancellation = new Cancellation();
    init.signal?.addEventListener('abort', () => cancellation.cancel('deadline'), { once: true });
    const headers = new Headers(init.headers);
    // The egress counts for itself.
    headers.delete('content-length');
    const response = await egress.request({
      url: input instanceof Request ? input.url : String(input),
      method: init.method ?? 'GET',
      headers: Object.fromEntries(headers),
      ...(typeof init.body === 'string' ? { body: init.body } : {}),
      cancellation,
      headersTimeoutMs: limits.exportSendMs,
    });
    const bytes = await response.bytes(limits.exportAnswerBytesMax);
    checkAnswer(response, bytes);
    const body = bytes.length === 0 ? null : new Uint8Array(bytes);
    return new Response(body, { status: response.status, headers: response.headers });
  };
}
