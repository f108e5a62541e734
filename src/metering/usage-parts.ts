import { createHash } from 'node:crypto';
import type { UsageRecord } from './usage-fields.ts';

/** What an exchange has used up to a moment. Durations are milliseconds to the microsecond. */
export interface UsedSoFar {
  readonly durationMs: number;
  readonly upstreamMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly events: number;
}

/** Which record of a long exchange one is, and what those before it say together. */
export interface UsagePart extends UsedSoFar {
  /** The id of the exchange, which its last record has. */
  readonly of: string;
  /** 1 for the first. */
  readonly number: number;
}

const ID_TIME_END = 'use_'.length + 12;
const DIGEST_DIGITS = 12;
const NUMBER_DIGITS = 6;

/** What a record says of its part; null for an exchange that has one record. */
export function readPart(text: string | null | undefined): UsagePart | null {
  return text === null || text === undefined ? null : (JSON.parse(text) as UsagePart);
}

/** What an exchange had used when the record was made: what it says, and what came before. */
export function usedSoFar(record: UsedSoFar & { readonly part?: string | null }): UsedSoFar {
  const { durationMs, upstreamMs, bytesIn, bytesOut, events } = record;
  const before = readPart(record.part);
  if (before === null) return { durationMs, upstreamMs, bytesIn, bytesOut, events };
  return {
    durationMs: sumOf(before.durationMs, durationMs),
    upstreamMs: sumOf(before.upstreamMs, upstreamMs),
    bytesIn: before.bytesIn + bytesIn,
    bytesOut: before.bytesOut + bytesOut,
    events: before.events + events,
  };
}

/**
 * The record of what came after a part; `whole` says what was used from the start on. Nothing is
 * below 0: a stream that breaks off may say less than while it flowed.
 */
export function recordAfter(whole: UsageRecord, before: UsagePart): UsageRecord {
  return {
    ...whole,
    durationMs: Math.max(0, sumOf(whole.durationMs, -before.durationMs)),
    upstreamMs: Math.max(0, sumOf(whole.upstreamMs, -before.upstreamMs)),
    bytesIn: Math.max(0, whole.bytesIn - before.bytesIn),
    bytesOut: Math.max(0, whole.bytesOut - before.bytesOut),
    events: Math.max(0, whole.events - before.events),
    part: JSON.stringify(before),
  };
}

/** What a record that comes after this one is told. */
export function partAfter(record: UsageRecord): UsagePart {
  const before = readPart(record.part);
  return {
    of: before?.of ?? record.id,
    number: (before?.number ?? 0) + 1,
    ...usedSoFar(record),
  };
}

/** The id of a part: it has the time of its exchange, and those of one exchange sort by number. */
export function partId(exchangeId: string, number: number): string {
  const digest = createHash('sha256').update(`${exchangeId} part`).digest('hex');
  const place = number.toString(16).padStart(NUMBER_DIGITS, '0');
  const [head, tail] = [digest.slice(0, 3), digest.slice(3, DIGEST_DIGITS)];
  return `${exchangeId.slice(0, ID_TIME_END)}7${head}8${tail}${place}`;
}

/** By whole microseconds, so that parts sum to the whole. */
function sumOf(one: number, other: number): number {
  return (Math.round(one * 1000) + Math.round(other * 1000)) / 1000;
}
