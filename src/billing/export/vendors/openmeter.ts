import type { ExportEvent } from '../export-event.ts';
import type { OpenMeterSettings } from '../exporter.ts';
import { formatMoney } from '../../../kernel/money.ts';
import { postToVendor, type VendorEgress, type VendorPost } from './post-to-vendor.ts';
import { refusesFraction, type Vendor } from './vendor.ts';

const DAY_MS = 86_400_000;

/** OpenMeter, which knows an event again by its source and id. */
export function openMeter(
  settings: OpenMeterSettings,
  credential: string,
  egress: VendorEgress,
): Vendor {
  return {
    batchMax: 100,
    remembersMs: 30 * DAY_MS,
    refuses: refusesFraction,
    send: async (events) => {
      const answer = await postToVendor(egress, openMeterPost(settings, credential, events));
      const { isTaken, problem } = answer;
      const done = new Set(isTaken ? events.map(({ id }) => id) : []);
      return { done, refused: new Map(), ...(isTaken ? {} : { problem }) };
    },
  };
}

/** A batch as CloudEvents 1.0. */
export function openMeterPost(
  { url, subject }: OpenMeterSettings,
  credential: string,
  events: readonly ExportEvent[],
): VendorPost {
  const body = events.map(({ id, code, value, atMs, charge }) => ({
    specversion: '1.0',
    type: code,
    id,
    time: new Date(atMs).toISOString(),
    source: 'mcp-gateway',
    subject,
    datacontenttype: 'application/json',
    data: {
      value,
      amount: formatMoney(charge.amount),
      currency: charge.currency,
      unit: charge.unit,
      rule: charge.ruleId,
      chargeKey: charge.gateKey,
    },
  }));
  return {
    url: `${url.replace(/\/$/, '')}/api/v1/events`,
    headers: {
      authorization: `Bearer ${credential}`,
      'content-type': 'application/cloudevents-batch+json',
    },
    body: JSON.stringify(body),
  };
}
