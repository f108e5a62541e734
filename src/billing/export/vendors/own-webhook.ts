import { createHash } from 'node:crypto';
import { formatMoney } from '../../../kernel/money.ts';
import { webhookHeaders } from '../../../webhooks/sending/sign-webhook.ts';
import type { ExportEvent } from '../export-event.ts';
import type { WebhookSettings } from '../exporter.ts';
import { postToVendor, type VendorEgress, type VendorPost } from './post-to-vendor.ts';
import type { Vendor } from './vendor.ts';

/** A program of one's own, which has to know an id again by itself. */
export function ownWebhook(
  settings: WebhookSettings,
  secret: string,
  egress: VendorEgress,
): Vendor {
  return {
    batchMax: 500,
    remembersMs: undefined,
    refuses: () => undefined,
    send: async (events, nowMs) => {
      const answer = await postToVendor(egress, webhookPost(settings, secret, events, nowMs));
      const { isTaken, problem } = answer;
      const done = new Set(isTaken ? events.map(({ id }) => id) : []);
      return { done, refused: new Map(), ...(isTaken ? {} : { problem }) };
    },
  };
}

/** A batch as one JSON array, or as one object a line; signed like every webhook. */
export function webhookPost(
  { url, format }: WebhookSettings,
  secret: string,
  events: readonly ExportEvent[],
  nowMs: number,
): VendorPost {
  const charges = events.map(({ id, code, value, charge, takesBack }) => ({
    id,
    code,
    value,
    kind: charge.kind,
    unit: charge.unit,
    rule: charge.ruleId,
    chargeKey: charge.gateKey,
    usageId: charge.usageId,
    subscription: charge.subscriptionId,
    planVersion: charge.planVersionId,
    periodStartMs: charge.periodStartMs,
    servicePeriodStartMs: charge.servicePeriodStartMs,
    amount: formatMoney(charge.amount),
    currency: charge.currency,
    atMs: charge.atMs,
    takesBack,
  }));
  const isLines = format === 'ndjson';
  const body = isLines
    ? charges.map((one) => `${JSON.stringify(one)}\n`).join('')
    : JSON.stringify(charges);
  const ids = events.map(({ id }) => id).join();
  const id = `exp_${createHash('sha256').update(ids).digest('hex').slice(0, 40)}`;
  const headers = webhookHeaders(body, { id, atMs: nowMs }, [secret]);
  const type = isLines ? 'application/x-ndjson' : 'application/json';
  return { url, headers: { ...headers, 'content-type': type }, body };
}
