import type { Fence } from '../../kernel/fence.ts';
import { exportPlan } from './export-event.ts';
import { sendEvents } from './send-events.ts';
import type { ChargeSettings, DueExporter, ExporterStore, RefusedExport } from './store.ts';
import { VendorDelay, type BatchAnswer, type Vendor } from './vendors/vendor.ts';

/** What sending refused charges once more needs. */
export interface SendingAgain {
  readonly store: Pick<ExporterStore, 'retries' | 'beginRetries' | 'endRetries'>;
  readonly vendor: Vendor;
  readonly fence: Fence;
  /** Epoch milliseconds. */
  now(): number;
  /** Whether others have waited long enough. */
  isOver(): boolean;
}

/** Said of what is not sent once more, for it could count twice. */
export const UNKNOWN =
  'It may have arrived, but the vendor promises no longer to know it again: look there for its id.';

/**
 * Sends what people asked for once more, under the ids of the first time, and takes off the list
 * what arrived. What may have arrived before is sent only while the vendor surely knows its id.
 * Rejects with VendorDelay when the rest has to wait.
 */
export async function sendAgain(
  { tenant, exporter: { id } }: DueExporter,
  settings: ChargeSettings,
  { store, vendor, fence, now, isOver }: SendingAgain,
): Promise<void> {
  while (!isOver()) {
    const rows = await store.retries(tenant, id, vendor.batchMax);
    if (rows.length === 0) return;
    const nowMs = now();
    const charges = rows.map(({ charge }) => charge);
    const { events } = exportPlan(tenant, charges, settings);
    const refused = new Map<string, string>();
    const eventOf = new Map(events.map((event) => [event.id, event]));
    for (const { eventId, sinceMs } of rows) {
      const event = eventOf.get(eventId);
      const isForgotten = nowMs - (sinceMs ?? nowMs) >= (vendor.remembersMs ?? Infinity);
      const reason = event === undefined ? UNNAMED : vendor.refuses(event, nowMs);
      if (isForgotten) refused.set(eventId, UNKNOWN);
      else if (reason !== undefined) refused.set(eventId, reason);
    }
    const wanted = events.filter((event) => !refused.has(event.id));
    const leaving = rows.filter(({ eventId }) => !refused.has(eventId));
    if (leaving.length > 0) {
      if (!(await store.beginRetries(tenant, id, leaving, nowMs, fence))) return;
    }
    const { delay, answer } = await trySending(vendor, wanted, now);
    for (const [eventId, reason] of answer.refused) refused.set(eventId, reason);
    const ended = {
      done: rows.filter(({ eventId }) => answer.done.has(eventId)),
      refused: rows.flatMap((row): readonly RefusedExport[] => {
        const reason = refused.get(row.eventId);
        return reason === undefined ? [] : [{ ...row, reason, atMs: nowMs }];
      }),
      absent: delay?.isCertain === true ? leaving.filter(({ sinceMs }) => sinceMs === null) : [],
    };
    if (!(await store.endRetries({ tenant, id, ...ended, nowMs }, fence))) return;
    // The batch that is noted for the others is no part of this: nothing is certain of that one.
    if (delay !== undefined) throw new VendorDelay(delay.message, false, delay.retryAfterMs);
  }
}

const UNNAMED = 'The exporter does not name its rule or unit any more.';

async function trySending(
  vendor: Vendor,
  events: Parameters<typeof sendEvents>[1],
  now: () => number,
): Promise<{ readonly answer: BatchAnswer; readonly delay?: VendorDelay }> {
  try {
    return { answer: await sendEvents(vendor, events, now) };
  } catch (error) {
    if (!(error instanceof VendorDelay)) throw error;
    return { answer: error.sofar, delay: error };
  }
}
