import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measureAuth, type AuthCost } from './measure-auth.ts';

const NANOSECONDS_MAX = 3_000;
const FULL = { rounds: 9, calls: 50_000 };
const QUICK = { rounds: 2, calls: 1_000 };

/**
 * Measures what authenticating costs a call, prints it and returns the exit code: 1 when a kind of
 * credential costs more than 3 µs. A quick run judges nothing, for its code is cold.
 */
export async function authCost(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
    },
  });
  if (values.quick && values.record) throw new Error('--record wants a full run: drop --quick');
  const costs = await measureAuth(values.quick ? QUICK : FULL);
  for (const { name, nanoseconds, rounds } of costs) {
    const range = `${Math.min(...rounds).toFixed(0)} to ${Math.max(...rounds).toFixed(0)}`;
    process.stdout.write(`${nanoseconds.toFixed(0).padStart(7)} ns a call (${range}): ${name}\n`);
  }
  if (values.record) await record(costs);
  if (values.quick || isWithin(costs)) return 0;
  process.stdout.write(`More than ${NANOSECONDS_MAX} ns a call.\n`);
  return 1;
}

/** Whether every kind of credential keeps to the budget; a figure that is missing does not. */
export function isWithin(costs: readonly Pick<AuthCost, 'nanoseconds'>[]): boolean {
  return costs.length > 0 && costs.every(({ nanoseconds }) => nanoseconds <= NANOSECONDS_MAX);
}

async function record(costs: readonly AuthCost[]): Promise<void> {
  const where = { node: process.versions.node, cpuModel: cpus()[0]?.model.trim() };
  const calls = costs.map(({ name, nanoseconds, rounds }) => ({
    name,
    nanoseconds: Math.round(nanoseconds),
    rounds: rounds.map(Math.round),
  }));
  const result = { date: new Date().toISOString(), ...where, calls };
  const file = new URL('results/auth.json', import.meta.url);
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
}

if (import.meta.main) process.exitCode = await authCost(process.argv.slice(2));
