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

/** Sums records up into rows of every facet and grain, each row once. */
export function rollUpUsage(rows: readonly UsageRow[]): readonly UsageRollup[] {
  const hours = new Map<string, UsageRollup>();
  for (const row of rows) addRow(hours, row);
  const all = [...hours.values()];
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

function addRow(hours: Map<string, UsageRollup>, row: UsageRow): void {
  const startMs = rollupStart('hour', row[STARTED] as number);
  const tenant = row[TENANT] as string;
  const user = row[USER] as string;
  const key = (row[GRANT] ?? row[CREDENTIAL]) as string;
  const service = (row[SERVICE] ?? '') as string;
  const tool = (row[TOOL] ?? '') as string;
  const outcome = row[OUTCOME] as string;
  const mark = `${startMs}\0${tenant}\0${user}\0${key}\0${service}\0${tool}\0${outcome}`;
  let sum = hours.get(mark);
  if (sum === undefined) {
    const about = {
      tenant,
      facet: 'all',
      grain: 'hour',
      startMs,
      user,
      key,
      service,
      tool,
    } as const;
    sum = { ...about, outcome, ...noUsage(), latency: new Map() };
    hours.set(mark, sum);
  }
  const micros = addend(Math.round((row[DURATION] as number) * 1000));
  sum.records++;
  sum.calls++;
  sum.durationMicros += micros;
  sum.bytesIn += addend(row[BYTES_IN] as number);
  sum.bytesOut += addend(row[BYTES_OUT] as number);
  sum.tokens += addend(tokensOf(row[QUANTITIES] as string | null));
  sum.events += addend(row[EVENTS] as number);
  addLatency(sum.latency, latencyBucket(micros), 1);
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
