import { isJsonObject, type JsonObject } from '../../../kernel/json.ts';
import { formatMoney } from '../../../kernel/money.ts';
import type { ExportEvent } from '../export-event.ts';
import type { LagoSettings } from '../exporter.ts';
import { postToVendor, type VendorEgress, type VendorPost } from './post-to-vendor.ts';
import { refusesFraction, type BatchAnswer, type Vendor } from './vendor.ts';

/** Lago, which knows an event again by the subscription and `transaction_id`, for ever. */
export function lago(settings: LagoSettings, credential: string, egress: VendorEgress): Vendor {
  return {
    batchMax: 100,
    remembersMs: undefined,
    refuses: refusesFraction,
    send: async (events) => {
      const answer = await postToVendor(egress, lagoPost(settings, credential, events));
      const { isTaken, text, problem } = answer;
      if (!isTaken) return { ...readFaults(text, events), problem };
      return { done: new Set(events.map(({ id }) => id)), refused: new Map() };
    },
  };
}

/** A batch of events. */
export function lagoPost(
  { url, subscription }: LagoSettings,
  credential: string,
  events: readonly ExportEvent[],
): VendorPost {
  const body = {
    events: events.map(({ id, code, value, atMs, charge }) => ({
      transaction_id: id,
      external_subscription_id: subscription,
      code,
      timestamp: Math.floor(atMs / 1000),
      properties: {
        value,
        amount: formatMoney(charge.amount),
        currency: charge.currency,
        unit: charge.unit,
        rule: charge.ruleId,
        charge_key: charge.gateKey,
      },
    })),
  };
  return {
    url: `${url.replace(/\/$/, '')}/api/v1/events/batch`,
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

/** One fault refuses the batch, and events that it has already are faults: those are done. */
function readFaults(text: string, events: readonly ExportEvent[]): BatchAnswer {
  const done = new Set<string>();
  const refused = new Map<string, string>();
  for (const [place, faults] of Object.entries(detailsOf(text))) {
    const id = events[Number(place)]?.id;
    if (id === undefined) continue;
    const said = JSON.stringify(faults);
    if (/value_already_exists?/.test(said)) done.add(id);
    else refused.set(id, said.slice(0, 200));
  }
  return { done, refused };
}

function detailsOf(text: string): JsonObject {
  try {
    const answer: unknown = JSON.parse(text);
    const details = isJsonObject(answer) ? answer['error_details'] : undefined;
    return isJsonObject(details) ? details : {};
  } catch {
    return {};
  }
}
