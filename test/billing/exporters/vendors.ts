import { createHmac } from 'node:crypto';
import type { ChargeSettings } from '../../../src/billing/export/store.ts';
import { startStandIn, type Asked, type Said, type StandIn } from './stand-in.ts';

/** The credential that every stand-in wants. */
export const CREDENTIAL = 'a-credential-of-a-vendor';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What a vendor counts: how often each id had effect, and what the values of a code sum to. */
export interface Counted {
  readonly ids: Map<string, number>;
  readonly values: Map<string, string[]>;
}

/** A stand-in that obeys the rules which its original documents. */
export interface VendorStandIn extends AsyncDisposable {
  readonly standIn: StandIn;
  readonly settings: ChargeSettings;
  readonly counted: Counted;
}

type Clock = () => number;

function count({ ids, values }: Counted, id: string, code: string, value: string): void {
  ids.set(id, (ids.get(id) ?? 0) + 1);
  values.set(code, [...(values.get(code) ?? []), value]);
}

const emptyCount = (): Counted => ({ ids: new Map(), values: new Map() });
const isAllowed = ({ headers }: Asked): boolean => headers.authorization === `Bearer ${CREDENTIAL}`;
const stripeError = (message: string): Said => {
  return { status: 400, body: { error: { type: 'invalid_request_error', message } } };
};

/**
 * Stripe: identifiers of at most 100 characters, unique for exactly 24 hours and forgotten then;
 * 35 days back, five minutes ahead; an event can be cancelled for 24 hours after it came.
 */
export async function startStripe(now: Clock): Promise<VendorStandIn> {
  const counted = emptyCount();
  const known = new Map<string, { readonly atMs: number; readonly code: string; value: string }>();
  const event = (form: URLSearchParams): Said => {
    const identifier = form.get('identifier') ?? '';
    const atMs = Number(form.get('timestamp')) * 1000;
    if (identifier === '' || identifier.length > 100) return stripeError('Invalid identifier.');
    if (atMs < now() - 35 * DAY_MS) return stripeError('The timestamp is too old.');
    if (atMs > now() + 5 * MINUTE_MS) return stripeError('The timestamp is in the future.');
    const value = form.get('payload[value]') ?? '';
    if (!/^\d+(\.\d+)?$/.test(value)) return stripeError('Invalid value.');
    if (form.get('payload[stripe_customer_id]') !== 'cus_1') return stripeError('No customer.');
    const before = known.get(identifier);
    if (before !== undefined && now() - before.atMs < DAY_MS) {
      return stripeError(`An event already exists with identifier ${identifier}.`);
    }
    const code = form.get('event_name') ?? '';
    known.set(identifier, { atMs: now(), code, value });
    count(counted, identifier, code, value);
    return { status: 200, body: { object: 'billing.meter_event', identifier } };
  };
  const adjustment = (form: URLSearchParams): Said => {
    const identifier = form.get('cancel[identifier]') ?? '';
    const before = known.get(identifier);
    if (before === undefined) return stripeError('No such event.');
    if (now() - before.atMs >= DAY_MS) return stripeError('The event is older than 24 hours.');
    if (before.value === '0') return stripeError('The event was already canceled.');
    count(counted, `${identifier} cancelled`, before.code, `-${before.value}`);
    before.value = '0';
    return { status: 200, body: { object: 'billing.meter_event_adjustment' } };
  };
  const standIn = await startStandIn((asked) => {
    if (!isAllowed(asked)) return { status: 401, body: { error: { message: 'No key.' } } };
    const form = new URLSearchParams(asked.body);
    if (asked.path === '/v1/billing/meter_events') return event(form);
    if (asked.path === '/v1/billing/meter_event_adjustments') return adjustment(form);
    return { status: 404, body: { error: { message: asked.path } } };
  });
  const settings = { kind: 'stripe', customer: 'cus_1', url: standIn.url } as const;
  return {
    standIn,
    settings,
    counted,
    [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose](),
  };
}

interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: { readonly value: string };
}

/** OpenMeter: CloudEvents in batches, known again by source and id and then passed over. */
export async function startOpenMeter(): Promise<VendorStandIn> {
  const counted = emptyCount();
  const known = new Set<string>();
  const isFine = (one: CloudEvent): boolean =>
    one.specversion === '1.0' &&
    one.subject === 'customer-1' &&
    !Number.isNaN(Date.parse(one.time)) &&
    Number.isFinite(Number(one.data.value));
  const standIn = await startStandIn((asked) => {
    if (!isAllowed(asked)) return { status: 401 };
    const isBatch = asked.headers['content-type'] === 'application/cloudevents-batch+json';
    if (asked.path !== '/api/v1/events' || !isBatch) return { status: 404 };
    const events = JSON.parse(asked.body) as readonly CloudEvent[];
    if (!events.every(isFine)) return { status: 400, body: { title: 'Bad Request' } };
    for (const { id, source, type, data } of events) {
      const mark = `${source}-${id}`;
      if (known.has(mark)) continue;
      known.add(mark);
      count(counted, id, type, data.value);
    }
    return { status: 204 };
  });
  const settings = { kind: 'openmeter', url: standIn.url, subject: 'customer-1' } as const;
  return {
    standIn,
    settings,
    counted,
    [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose](),
  };
}

interface LagoEvent {
  readonly transaction_id: string;
  readonly external_subscription_id: string;
  readonly code: string;
  readonly timestamp: number;
  readonly properties: { readonly value: string };
}

/** Lago: 100 events at most, and one fault (an id that it has is one) refuses the whole batch. */
export async function startLago(badCode?: string): Promise<VendorStandIn> {
  const counted = emptyCount();
  const standIn = await startStandIn((asked) => {
    if (!isAllowed(asked)) return { status: 401 };
    if (asked.path !== '/api/v1/events/batch') return { status: 404 };
    const { events } = JSON.parse(asked.body) as { readonly events: readonly LagoEvent[] };
    const details: Record<string, unknown> = {};
    for (const [place, event] of events.entries()) {
      if (counted.ids.has(event.transaction_id)) {
        details[place] = { transaction_id: ['value_already_exist'] };
      } else if (event.code === badCode || event.external_subscription_id !== 'sub-1') {
        details[place] = { code: ['metric_not_found'] };
      }
    }
    if (events.length > 100) return { status: 422, body: { error: 'too many events' } };
    if (Object.keys(details).length > 0) {
      const rest = { status: 422, error: 'Unprocessable Entity', code: 'validation_errors' };
      return { status: 422, body: { ...rest, error_details: details } };
    }
    for (const { transaction_id: id, code, properties } of events) {
      count(counted, id, code, properties.value);
    }
    return { status: 200, body: { events: [] } };
  });
  const settings = { kind: 'lago', url: standIn.url, subscription: 'sub-1' } as const;
  return {
    standIn,
    settings,
    counted,
    [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose](),
  };
}

/** A program of one's own: checks the signature and passes over what it knows. */
export async function startOwn(format: 'json' | 'ndjson'): Promise<VendorStandIn> {
  const counted = emptyCount();
  const standIn = await startStandIn(({ headers, body }) => {
    const signed = `${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.`;
    const digest = createHmac('sha256', CREDENTIAL)
      .update(signed + body)
      .digest('base64');
    if (headers['webhook-signature'] !== `v1,${digest}`) return { status: 401 };
    const isLines = headers['content-type'] === 'application/x-ndjson';
    if (isLines !== (format === 'ndjson')) return { status: 415 };
    const text = isLines ? `[${body.trimEnd().replaceAll('\n', ',')}]` : body;
    const charges = JSON.parse(text) as readonly { id: string; code: string; value: string }[];
    for (const { id, code, value } of charges) {
      if (!counted.ids.has(id)) count(counted, id, code, value);
    }
    return { status: 200 };
  });
  const settings = { kind: 'webhook', url: standIn.url, format } as const;
  return {
    standIn,
    settings,
    counted,
    [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose](),
  };
}
