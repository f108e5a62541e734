import type Stripe from 'stripe';
import { Cancellation } from '../../../kernel/cancellation.ts';
import type { EgressResponse } from '../../../kernel/egress.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ExportEvent } from '../export-event.ts';
import type { StripeSettings } from '../exporter.ts';
import { checkStatus, delayOf, type VendorEgress } from './post-to-vendor.ts';
import { refusesFraction, VendorDelay, type BatchAnswer, type Vendor } from './vendor.ts';

const HOUR_MS = 3_600_000;
/** How old an event may be; Stripe says 35 days, and the request takes its time. */
const OLDEST_MS = 35 * 24 * HOUR_MS - HOUR_MS;
/** Stripe promises to know an identifier again for 24 hours. */
const REMEMBERS_MS = 23 * HOUR_MS;
const AT_ONCE = 5;

/** Stripe's meters. An event is a request; one that Stripe has already is done. */
export function stripeMeter(
  settings: StripeSettings,
  credential: string,
  egress: VendorEgress,
): Vendor {
  let opening: Promise<Stripe> | undefined;
  return {
    batchMax: 50,
    remembersMs: REMEMBERS_MS,
    refuses: (event, nowMs) => {
      if (event.takesBack !== null) return undefined;
      if (nowMs - event.atMs >= OLDEST_MS) return 'Stripe takes no events older than 35 days.';
      return refusesFraction(event);
    },
    send: async (events, nowMs) => {
      opening ??= openStripe(settings, credential, egress);
      const stripe = await opening;
      const done = new Set<string>();
      const refused = new Map<string, string>();
      for (let from = 0; from < events.length; from += AT_ONCE) {
        const some = events.slice(from, from + AT_ONCE);
        const tries = await Promise.allSettled(
          some.map((event) => sendOne(stripe, settings, event, nowMs)),
        );
        for (const [index, { id }] of some.entries()) {
          const result = tries[index];
          if (result?.status !== 'fulfilled') continue;
          if (result.value === undefined) done.add(id);
          else refused.set(id, result.value);
        }
        const failures = tries.filter((one) => one.status === 'rejected');
        if (failures.length > 0) throw delayAfter(failures, { done, refused });
      }
      return { done, refused };
    },
  };
}

/** Undefined when Stripe has the event, else why it never will. */
async function sendOne(
  stripe: Stripe,
  { customer }: StripeSettings,
  { id, code, value, atMs, takesBack }: ExportEvent,
  nowMs: number,
): Promise<string | undefined> {
  try {
    if (takesBack === null) {
      await stripe.billing.meterEvents.create({
        event_name: code,
        identifier: id,
        payload: { stripe_customer_id: customer, value },
        // Of instances whose clocks differ one may be ahead; Stripe takes five minutes.
        timestamp: Math.floor(Math.min(atMs, nowMs) / 1000),
      });
    } else {
      const cancel = { identifier: takesBack };
      await stripe.billing.meterEventAdjustments.create({
        event_name: code,
        type: 'cancel',
        cancel,
      });
    }
    return undefined;
  } catch (error) {
    return readError(error, id);
  }
}

/** Undefined for an event that is there already; throws what may be better later. */
function readError(error: unknown, id: string): string | undefined {
  const { statusCode, message, code } = error as Partial<Stripe.errors.StripeError>;
  if (statusCode === undefined) {
    const { detail } = error as { readonly detail?: unknown };
    throw detail instanceof VendorDelay ? detail : delayOf(detail);
  }
  const text = message ?? '';
  if (code === 'duplicate_meter_event' || text.includes(`already exists with identifier ${id}`)) {
    return undefined;
  }
  if (/already (?:been )?cancell?ed/i.test(text)) return undefined;
  return `Stripe: ${text}`.slice(0, 300);
}

/** The longest delay of several; certain only when each of them is and nothing was taken. */
function delayAfter(failures: readonly PromiseRejectedResult[], sofar: BatchAnswer): VendorDelay {
  const delays = failures.map(({ reason }) =>
    reason instanceof VendorDelay ? reason : delayOf(reason),
  );
  const text = delays[0]?.message ?? '';
  const isCertain = sofar.done.size === 0 && delays.every((one) => one.isCertain);
  const retryAfterMs = Math.max(...delays.map((one) => one.retryAfterMs ?? 0));
  return new VendorDelay(text, isCertain, retryAfterMs, sofar);
}

/** Loaded when the first event is sent: few gateways need it. */
async function openStripe(
  { url = 'https://api.stripe.com' }: StripeSettings,
  credential: string,
  egress: VendorEgress,
): Promise<Stripe> {
  const { default: Client } = await import('stripe');
  const { hostname, port, protocol } = new URL(url);
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
