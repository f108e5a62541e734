import type Stripe from 'stripe';
import type { ExportEvent } from '../export-event.ts';
import type { StripeSettings } from '../exporter.ts';
import { delayOf, type VendorEgress } from './post-to-vendor.ts';
import { openStripe, stripeFault } from './stripe-client.ts';
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
      opening ??= openStripe(settings.url, credential, egress);
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
  const { text, code } = stripeFault(error);
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
