import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { findPostgres } from '../../test/support/start-postgres.ts';
import { openPostgresEngine, openSqliteEngine } from './billed-engine.ts';
import {
  billedCases,
  measureLookups,
  measureRecords,
  type BillingDepth,
  type LookupCost,
  type RecordCost,
} from './measure-billing.ts';

/** Ten thousand records take a second of one core then, whatever else the machine does. */
const RECORD_MICROS_MAX = 100;
const LOOKUP_MICROS_MAX = 1;
const FULL = { rounds: 5, records: 20_000 };
const QUICK = { rounds: 1, records: 400 };

/** What was measured on one engine. */
interface EngineCosts {
  readonly engine: string;
  readonly costs: readonly RecordCost[];
}

/**
 * Measures what draining and rating a record costs and what looking for rules costs a call, prints
 * it and returns the exit code: 1 when a record takes the gateway more than 100 µs, or a look more
 * than one. A quick run judges nothing, for its code is cold.
 */
export async function billingCost(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
    },
  });
  if (values.quick && values.record) throw new Error('--record wants a full run: drop --quick');
  const depth = values.quick ? QUICK : FULL;
  const engines = [await costsOn('SQLite', depth, openSqliteEngine)];
  const programs = findPostgres();
  if (programs !== undefined) {
    const open = openPostgresEngine.bind(undefined, programs);
    engines.push(await costsOn('PostgreSQL', depth, open));
  }
  const lookups = measureLookups(depth);
  for (const { name, micros } of lookups) say(`${micros.toFixed(2)} µs a look: ${name}`);
  if (values.record) await record(engines, lookups);
  if (values.quick || isWithin(engines, lookups)) return 0;
  say(`Above ${RECORD_MICROS_MAX} µs a record, or above ${LOOKUP_MICROS_MAX} µs a look.`);
  return 1;
}

/** Whether every case keeps up, and every look to its budget; figures that are missing do not. */
export function isWithin(
  engines: readonly Pick<EngineCosts, 'costs'>[],
  lookups: readonly Pick<LookupCost, 'micros'>[],
): boolean {
  const costs = engines.flatMap((one) => one.costs);
  return (
    Math.min(costs.length, lookups.length) > 0 &&
    costs.every((cost) => cost.drainMicros + cost.rateMicros <= RECORD_MICROS_MAX) &&
    lookups.every(({ micros }) => micros <= LOOKUP_MICROS_MAX)
  );
}

async function costsOn(
  engine: string,
  depth: BillingDepth,
  open: typeof openSqliteEngine,
): Promise<EngineCosts> {
  const costs: RecordCost[] = [];
  for (const one of billedCases) {
    const cost = await measureRecords(one, depth, open);
    costs.push(cost);
    const { drainMicros, rateMicros, serverMicros, chargesPerRecord, recordsPerSecond } = cost;
    const server = serverMicros === 0 ? '' : ` + ${serverMicros.toFixed(1)} of the server`;
    say(
      `${engine}, ${cost.name}: ${drainMicros.toFixed(1)} µs draining + ` +
        `${rateMicros.toFixed(1)} µs rating${server} a record, ` +
        `${chargesPerRecord.toFixed(1)} charges, ${recordsPerSecond.toFixed(0)} records/s`,
    );
  }
  return { engine, costs };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function record(
  engines: readonly EngineCosts[],
  lookups: readonly LookupCost[],
): Promise<void> {
  const where = { node: process.versions.node, cpuModel: cpus()[0]?.model.trim() };
  const result = { date: new Date().toISOString(), ...where, engines, lookups };
  const rounded = (_key: string, value: unknown): unknown =>
    typeof value === 'number' ? Math.round(value * 100) / 100 : value;
  const file = new URL('../results/billing.json', import.meta.url);
  await writeFile(file, `${JSON.stringify(result, rounded, 2)}\n`);
}

if (import.meta.main) process.exitCode = await billingCost(process.argv.slice(2));
