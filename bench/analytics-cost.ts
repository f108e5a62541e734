import { writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureAnalytics, type AnalyticsFigures } from './measure-analytics.ts';

/** What each question may take in the median, and how many records a second the drain must take. */
const QUESTION_MS_MAX = 200;
const DRAIN_PER_SECOND_MIN = 10_000;
const FULL = { times: 7, drained: 90_000 };
const QUICK = { times: 1, drained: 3_000 };

/**
 * Fills databases, asks every question, prints a table and returns the exit code: 1 when a bar is
 * missed. A quick run judges nothing.
 */
export async function analyticsCost(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sqlite: { type: 'string', default: '1000000' },
      postgres: { type: 'string', default: '10000000' },
      quick: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
    },
  });
  if (values.quick && values.record) throw new Error('--record wants a full run: drop --quick');
  const records = { sqlite: countOf(values.sqlite), postgres: countOf(values.postgres) };
  const found: AnalyticsFigures[] = [];
  for (const engine of ['sqlite', 'postgres'] as const) {
    const wanted = values.quick ? Math.min(6_000, records[engine]) : records[engine];
    if (wanted === 0) continue;
    const figures = await measureAnalytics(engine, wanted, values.quick ? QUICK : FULL);
    if (figures === undefined) process.stdout.write(`${engine} is not installed: left out.\n`);
    else {
      found.push(figures);
      process.stdout.write(tableOf(figures));
    }
  }
  if (values.record) await record(found);
  if (values.quick) return 0;
  const missed = found.flatMap(missedBars);
  for (const one of missed) process.stdout.write(`${one}\n`);
  return missed.length === 0 && found.length > 0 ? 0 : 1;
}

/** The bars that an engine misses, in sentences; a figure that is missing misses its bar. */
export function missedBars(figures: AnalyticsFigures): readonly string[] {
  const { engine, drainPerSecond, questions } = figures;
  const slow = questions.filter(({ medianMs }) => !(medianMs <= QUESTION_MS_MAX));
  const isSlowDrain = !(drainPerSecond >= DRAIN_PER_SECOND_MIN);
  return [
    ...(isSlowDrain ? [`${engine}: the drain takes fewer than ${DRAIN_PER_SECOND_MIN}/s.`] : []),
    ...(questions.length === 0 ? [`${engine}: no question was asked.`] : []),
    ...slow.map(({ name }) => `${engine}: ${name} takes more than ${QUESTION_MS_MAX} ms.`),
  ];
}

function countOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`not a number of records: ${text}`);
  return Number(text);
}

function tableOf({
  engine,
  records,
  fillPerSecond,
  drainPerSecond,
  questions,
}: AnalyticsFigures): string {
  const lines = questions.map(({ name, medianMs, worstMs }) => {
    const [median, worst] = [medianMs.toFixed(1), worstMs.toFixed(1)];
    return `${name.padEnd(40)}${median.padStart(10)}${worst.padStart(10)}\n`;
  });
  const head =
    `${engine}: ${records} records, filled at ${fillPerSecond.toFixed(0)}/s, ` +
    `drained at ${drainPerSecond.toFixed(0)}/s, load ${loadavg()[0]?.toFixed(1)}\n` +
    `${'question'.padEnd(40)}${'median ms'.padStart(10)}${'worst ms'.padStart(10)}\n`;
  return `${head}${lines.join('')}\n`;
}

async function record(found: readonly AnalyticsFigures[]): Promise<void> {
  const engines = found.map(({ questions, fillPerSecond, drainPerSecond, ...rest }) => ({
    ...rest,
    fillPerSecond: Math.round(fillPerSecond),
    drainPerSecond: Math.round(drainPerSecond),
    questions: questions.map(({ name, medianMs, worstMs }) => ({
      name,
      medianMs: Math.round(medianMs * 10) / 10,
      worstMs: Math.round(worstMs * 10) / 10,
    })),
  }));
  const where = { node: process.versions.node, cpuModel: cpus()[0]?.model.trim() };
  const load = loadavg().map((one) => Math.round(one * 10) / 10);
  const result = { date: new Date().toISOString(), ...where, load, engines };
  const file = new URL('results/analytics.json', import.meta.url);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
}

if (import.meta.main) process.exitCode = await analyticsCost(process.argv.slice(2));
