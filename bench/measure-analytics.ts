import { performance } from 'node:perf_hooks';
import { analyse, groupsOf, type Question } from '../src/billing/analytics/analyse.ts';
import { localDayStart } from '../src/billing/analytics/analytics-times.ts';
import { findMovers } from '../src/billing/analytics/find-movers.ts';
import { usageArithmetic } from '../src/billing/analytics/arithmetic.ts';
import type { Storage } from '../src/storage/storage.ts';
import { DAYS, linesFrom, openWorld, START_MS, TENANT } from './analytics-world.ts';
import { median } from './statistics.ts';

/** How long one question takes. */
export interface QuestionTime {
  readonly name: string;
  readonly medianMs: number;
  readonly worstMs: number;
}

/** What was measured on one engine. */
export interface AnalyticsFigures {
  readonly engine: 'sqlite' | 'postgres';
  readonly records: number;
  /** Records that were stored in a second while the database was filled. */
  readonly fillPerSecond: number;
  /** The same for records of one hour that come as fast as they are taken, beside all others. */
  readonly drainPerSecond: number;
  readonly questions: readonly QuestionTime[];
}

/** Records of one batch: about what the drain moves at a time. */
const BATCH = 3_000;
const DAY_MS = 86_400_000;
const END_MS = START_MS + DAYS * DAY_MS;

/** Fills a database by the gateway's own drain, then asks each question so many times. */
export async function measureAnalytics(
  engine: 'sqlite' | 'postgres',
  records: number,
  { times, drained }: { readonly times: number; readonly drained: number },
): Promise<AnalyticsFigures | undefined> {
  const world = await openWorld(engine);
  if (world === undefined) return undefined;
  await using opened = world;
  const { storage } = opened;
  const fillPerSecond = await store(storage, 0, records, records, false);
  const drainPerSecond = await store(storage, records, drained, records, true);
  const questions: QuestionTime[] = [];
  for (const [name, ask] of questionsOf(storage)) questions.push(await timed(name, ask, times));
  return { engine, records, fillPerSecond, drainPerSecond, questions };
}

/** Stores records and says how many a second: making their lines is not counted. */
async function store(
  { usage }: Storage,
  first: number,
  count: number,
  all: number,
  isNow: boolean,
): Promise<number> {
  let spentMs = 0;
  for (let at = first; at < first + count; at += BATCH) {
    const lines = linesFrom(at, Math.min(BATCH, first + count - at), all, isNow);
    const beganMs = performance.now();
    const refused = await usage.insert(lines);
    spentMs += performance.now() - beganMs;
    if (refused.length > 0) throw new Error(`refused: ${refused[0]?.reason}`);
  }
  return count / (spentMs / 1000);
}

async function timed(
  name: string,
  ask: () => Promise<unknown>,
  times: number,
): Promise<QuestionTime> {
  const all: number[] = [];
  for (let time = 0; time < times; time++) {
    const beganMs = performance.now();
    await ask();
    all.push(performance.now() - beganMs);
  }
  return { name, medianMs: median(all), worstMs: Math.max(...all) };
}

function questionsOf({
  analytics,
}: Storage): readonly (readonly [string, () => Promise<unknown>])[] {
  const ask = analytics.usage;
  const month = (timeZone: string): Question['range'] => ({
    startMs: localDayStart(END_MS - 31 * DAY_MS, timeZone),
    endMs: localDayStart(END_MS - DAY_MS, timeZone),
  });
  const question = (by: Question['by'], more: Partial<Question> = {}): Question => ({
    tenants: [TENANT],
    range: month('UTC'),
    timeZone: 'UTC',
    by,
    filter: {},
    skipped: 0,
    top: 10,
    ...more,
  });
  const cases: Readonly<Record<string, Question>> = {
    'total, 90 days': question([], { range: { startMs: START_MS, endMs: END_MS } }),
    'by user, 30 days': question(['user']),
    'by key, 30 days': question(['key']),
    'by tool, 30 days': question(['tool']),
    'by service, 90 days': question(['service'], { range: { startMs: START_MS, endMs: END_MS } }),
    'by outcome, 30 days': question(['outcome']),
    'by user and tool, 30 days': question(['user', 'tool']),
    'tools of one user, 30 days': question(['tool'], {
      filter: { user: [`usr_${'0'.repeat(32)}`] },
    }),
    'users of one service, 30 days': question(['user'], {
      filter: { service: [`svc_${'0'.repeat(32)}`] },
    }),
    'total by day, Los Angeles': question([], {
      granularity: 'day',
      timeZone: 'America/Los_Angeles',
      range: month('America/Los_Angeles'),
    }),
    'by tool by day, Zurich': question(['tool'], {
      granularity: 'day',
      timeZone: 'Europe/Zurich',
      range: month('Europe/Zurich'),
    }),
    'by user by day, Los Angeles': question(['user'], {
      granularity: 'day',
      timeZone: 'America/Los_Angeles',
      range: month('America/Los_Angeles'),
    }),
    'by service by hour, 7 days': question(['service'], {
      granularity: 'hour',
      range: { startMs: END_MS - 8 * DAY_MS, endMs: END_MS - DAY_MS },
    }),
  };
  const movers = async (): Promise<unknown> => {
    const { startMs, endMs } = month('UTC');
    const earlier = { startMs: 2 * startMs - endMs, endMs: startMs };
    const now = await groupsOf(ask, usageArithmetic, question(['user']));
    const before = await groupsOf(ask, usageArithmetic, question(['user'], { range: earlier }));
    return findMovers(before, now, usageArithmetic, { top: 10, order: 'change' });
  };
  return [
    ...Object.entries(cases).map(
      ([name, one]) => [name, () => analyse(ask, usageArithmetic, one)] as const,
    ),
    ['movers by user, two times 30 days', movers],
  ];
}
