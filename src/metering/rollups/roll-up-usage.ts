import { limits } from '../../kernel/limits.ts';
import { usagePlace } from '../usage-fields.ts';
import type { UsageRow } from '../usage-line.ts';
import { addLatency, latencyBucket, mergeLatency } from './latency-histogram.ts';
import { facetOf, rollupStart, type RollupGrain, type UsageRollup } from './rollup.ts';

const TENANT = usagePlace('tenant');
const USER = usagePlace('userId');
const CREDENTIAL = usagePlace('credentialId');
const GRANT = usagePlace('grantId');
const SERVICE = usagePlace('serviceId');
const TOOL = usagePlace('tool');
const OUTCOME = usagePlace('outcome');
const STARTED = usagePlace('startedAtMs');
const DURATION = usagePlace('durationMs');
const BYTES_IN = usagePlace('bytesIn');
const BYTES_OUT = usagePlace('bytesOut');
const EVENTS = usagePlace('events');
const QUANTITIES = usagePlace('quantities');
const PART = usagePlace('part');

/** Sums records up into rows of every facet and grain, each row once. */
export function rollUpUsage(rows: readonly UsageRow[]): readonly UsageRollup[] {
  const sums = new RunningUsage();
  for (const row of rows) sums.add(row);
  return sums.rollups();
}

/** What was used by the hour, added to record by record: it keeps none of them. */
export class RunningUsage {
  readonly #hours = new Map<string, UsageRollup>();
  /** Where the record before went: neighbours in the log are often of the same use. */
  #last: UsageRollup | undefined;

  add(row: UsageRow): void {
    const startMs = rollupStart('hour', row[STARTED] as number);
    if (this.#last === undefined || !isOf(this.#last, row, startMs)) {
      this.#last = this.#sumOf(row, startMs);
    }
    addRecord(this.#last, row);
  }

  /** Rows of every facet and grain, each once. */
  rollups(): readonly UsageRollup[] {
    return everyFacet([...this.#hours.values()]);
  }

  #sumOf(row: UsageRow, startMs: number): UsageRollup {
    const key = {
      tenant: row[TENANT] as string,
      facet: 'all',
      grain: 'hour',
      startMs,
      user: row[USER] as string,
      key: keyOf(row),
      service: (row[SERVICE] ?? '') as string,
      tool: (row[TOOL] ?? '') as string,
      outcome: row[OUTCOME] as string,
      ...noUsage(),
    } as const;
    const mark = rollupMark(key);
    const known = this.#hours.get(mark);
    if (known !== undefined) return known;
    const sum = { ...key, latency: new Map() };
    this.#hours.set(mark, sum);
    return sum;
  }
}

const keyOf = (row: UsageRow): string => (row[GRANT] ?? row[CREDENTIAL]) as string;

function isOf(sum: UsageRollup, row: UsageRow, startMs: number): boolean {
  return (
    sum.startMs === startMs &&
    sum.tool === (row[TOOL] ?? '') &&
    sum.outcome === row[OUTCOME] &&
    sum.key === keyOf(row) &&
    sum.service === (row[SERVICE] ?? '') &&
    sum.user === row[USER] &&
    sum.tenant === row[TENANT]
  );
}

function everyFacet(all: readonly UsageRollup[]): readonly UsageRollup[] {
  // Each from the fewest rows that know enough.
  const who = regroup(all, (row) => facetOf(row, 'who'));
  const what = regroup(all, (row) => facetOf(row, 'what'));
  const total = regroup(what, (row) => facetOf(row, 'total'));
  const ofHours = [total, who, what, all];
  const ofDays = ofHours.map((some) => regroup(some, (row) => inGrain(row, 'day')));
  return [...ofHours, ...ofDays].flat();
}

/** Adds rows with the same key up. */
export function regroup(
  rows: readonly UsageRollup[],
  keyOf: (row: UsageRollup) => UsageRollup,
): readonly UsageRollup[] {
  const sums = new Map<string, UsageRollup>();
  for (const row of rows) {
    const key = keyOf(row);
    const mark = rollupMark(key);
    const sum = sums.get(mark);
    if (sum === undefined) sums.set(mark, { ...key, latency: new Map(row.latency) });
    else addTo(sum, row);
  }
  return [...sums.values()];
}

/** One text for the key of a row; no text in a record has the character between its parts. */
export function rollupMark(row: Omit<UsageRollup, 'latency'>): string {
  const { tenant, facet, grain, startMs, user, key, service, tool, outcome } = row;
  const where = `${tenant}\0${facet}\0${grain}\0${startMs}`;
  return `${where}\0${user}\0${key}\0${service}\0${tool}\0${outcome}`;
}

function addRecord(sum: UsageRollup, row: UsageRow): void {
  const micros = addend(Math.round((row[DURATION] as number) * 1000));
  sum.records++;
  sum.durationMicros += micros;
  sum.bytesIn += addend(row[BYTES_IN] as number);
  sum.bytesOut += addend(row[BYTES_OUT] as number);
  sum.tokens += addend(tokensOf(row[QUANTITIES] as string | null));
  sum.events += addend(row[EVENTS] as number);
  // Further parts of a long call are no calls of their own; its last record knows how long it took.
  if (row[OUTCOME] === 'part') return;
  sum.calls++;
  addLatency(sum.latency, latencyBucket(micros + microsBefore(row)), 1);
}

/** What the earlier records of the same call took. */
function microsBefore(row: UsageRow): number {
  const part = (row[PART] ?? null) as string | null;
  if (part === null) return 0;
  const { durationMs } = membersOf(part) as { readonly durationMs?: unknown };
  return typeof durationMs === 'number' ? addend(Math.round(durationMs * 1000)) : 0;
}

/** A record with an absurd number must not keep those beside it from being stored. */
function addend(value: number): number {
  return Math.min(Math.max(0, value), limits.rollupAddendMax);
}

function noUsage() {
  return {
    records: 0,
    calls: 0,
    durationMicros: 0,
    bytesIn: 0,
    bytesOut: 0,
    tokens: 0,
    events: 0,
  };
}

function addTo(sum: UsageRollup, row: UsageRollup): void {
  sum.records += row.records;
  sum.calls += row.calls;
  sum.durationMicros += row.durationMicros;
  sum.bytesIn += row.bytesIn;
  sum.bytesOut += row.bytesOut;
  sum.tokens += row.tokens;
  sum.events += row.events;
  mergeLatency(sum.latency, row.latency);
}

function inGrain(row: UsageRollup, grain: RollupGrain): UsageRollup {
  return { ...row, grain, startMs: rollupStart(grain, row.startMs) };
}

/** Whole tokens of every class; whoever reports something else has reported no tokens. */
function tokensOf(quantities: string | null): number {
  if (quantities === null) return 0;
  let tokens = 0;
  for (const [unit, text] of Object.entries(membersOf(quantities))) {
    if (!unit.startsWith('token:') || typeof text !== 'string' || !WHOLE.test(text)) continue;
    tokens += Number(text);
  }
  return tokens;
}

/** Fifteen digits: more would not be exact. */
const WHOLE = /^\d{1,15}$/;

function membersOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
