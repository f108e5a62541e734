import type { ExportEvent } from './export-event.ts';
import { VendorDelay, type BatchAnswer, type Vendor } from './vendors/vendor.ts';

/**
 * Sends events until the vendor has each of them or has refused it. A batch that it refuses
 * without saying why is halved until the event at fault is alone. Rejects with VendorDelay, which
 * says what it has by then.
 */
export async function sendEvents(
  vendor: Vendor,
  events: readonly ExportEvent[],
  now: () => number,
): Promise<BatchAnswer> {
  const refused = new Map<string, string>();
  const done = new Set<string>();
  const note = (answer: BatchAnswer): void => {
    for (const id of answer.done) done.add(id);
    for (const [id, reason] of answer.refused) refused.set(id, reason);
  };
  const groups: (readonly ExportEvent[])[] = events.length === 0 ? [] : [events];
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    const { problem, ...answer } = await sendGroup(vendor, group, now(), note, { done, refused });
    note(answer);
    const rest = group.filter(({ id }) => !answer.done.has(id) && !answer.refused.has(id));
    if (rest.length === 0) continue;
    if (rest.length < group.length) {
      groups.push(rest);
    } else if (rest.length === 1) {
      for (const { id } of rest) refused.set(id, problem ?? 'It was refused.');
    } else {
      const half = Math.ceil(rest.length / 2);
      groups.push(rest.slice(half), rest.slice(0, half));
    }
  }
  return { done, refused };
}

/** A delay is certain only when nothing was taken before. */
async function sendGroup(
  vendor: Vendor,
  group: readonly ExportEvent[],
  nowMs: number,
  note: (answer: BatchAnswer) => void,
  sofar: BatchAnswer,
): Promise<BatchAnswer> {
  try {
    return await vendor.send(group, nowMs);
  } catch (error) {
    if (!(error instanceof VendorDelay)) throw error;
    note(error.sofar);
    const isCertain = error.isCertain && sofar.done.size === 0;
    throw new VendorDelay(error.message, isCertain, error.retryAfterMs, sofar);
  }
}
