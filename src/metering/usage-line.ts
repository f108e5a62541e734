import { limits } from '../kernel/limits.ts';
import type { UsageRecord } from './usage-record.ts';

/**
 * The members of a usage record in the order of a usage line. A line is a JSON array without
 * names: it is a third shorter than the object and parses twice as fast.
 */
export const usageFields = [
  'id',
  'tenant',
  'chargeKey',
  'nodeId',
  'credentialId',
  'userId',
  'sessionId',
  'serviceId',
  'method',
  'tool',
  'clientEra',
  'upstreamEra',
  'outcome',
  'startedAtMs',
  'endedAtMs',
  'durationMs',
  'upstreamMs',
  'bytesIn',
  'bytesOut',
  'events',
  'upstreamCalled',
] as const satisfies readonly (keyof UsageRecord)[];

/** One record as a line's values: no booleans, for databases that have none. */
export type UsageRow = readonly (string | number | null)[];

/** Writes a record as one line of JSON, line end included. */
export function encodeUsageLine(record: UsageRecord): string {
  // An array literal in the order of `usageFields`: mapping over the names costs twice as much.
  const row: UsageRow = [
    record.id,
    record.tenant,
    record.chargeKey === record.id ? null : record.chargeKey,
    record.nodeId,
    record.credentialId,
    record.userId,
    record.sessionId,
    record.serviceId,
    shorten(record.method),
    record.tool === null ? null : shorten(record.tool),
    record.clientEra,
    record.upstreamEra,
    record.outcome,
    record.startedAtMs,
    record.endedAtMs,
    record.durationMs,
    record.upstreamMs,
    record.bytesIn,
    record.bytesOut,
    record.events,
    record.upstreamCalled ? 1 : 0,
  ];
  return `${JSON.stringify(row)}\n`;
}

/** A caller chooses these texts; a record is kept however long they are. */
function shorten(text: string): string {
  const max = limits.usageTextCharactersMax;
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}

/** Reads a line back as values in the order of `usageFields`; throws when it is not a line. */
export function decodeUsageLine(line: string): UsageRow {
  const row = JSON.parse(line) as (string | number | null)[];
  if (!Array.isArray(row) || row.length !== usageFields.length) {
    throw new SyntaxError(`a usage line has ${usageFields.length} values`);
  }
  // Null stands for "the same as the id", which is nearly always so.
  row[2] ??= row[0] as string;
  return row;
}
