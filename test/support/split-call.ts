import { partAfter, partId, recordAfter, type UsageRecord } from '../../src/metering/store.ts';

/** The records of a call as they are written while it runs; `shares` say where it is cut. */
export function splitCall(whole: UsageRecord, shares: readonly number[]): readonly UsageRecord[] {
  const cuts = shares.toSorted((one, other) => one - other);
  const nothing = { durationMs: 0, upstreamMs: 0, bytesIn: 0, bytesOut: 0, events: 0 };
  let before = { of: whole.id, number: 1, ...nothing };
  const parts = cuts.map((share) => {
    const used: UsageRecord = {
      ...whole,
      id: partId(whole.id, before.number),
      outcome: 'part',
      quantities: null,
      durationMs: Math.floor(whole.durationMs * 1000 * share) / 1000,
      upstreamMs: Math.floor(whole.upstreamMs * 1000 * share) / 1000,
      bytesOut: Math.floor(whole.bytesOut * share),
      events: Math.floor(whole.events * share),
    };
    const record = recordAfter(used, before);
    before = partAfter(record);
    return record;
  });
  return cuts.length === 0 ? [whole] : [...parts, recordAfter(whole, before)];
}
