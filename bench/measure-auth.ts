import type { IncomingHttpHeaders } from 'node:http';
import { credentialHeader } from '../src/http/listener/credential-header.ts';
import { authWorld, RESOURCE, type AuthWorld } from './auth-world.ts';
import { median } from './statistics.ts';

/** What admitting somebody costs who has been seen before. */
export interface AuthCost {
  readonly name: string;
  /** CPU time of the whole process per call, the median of the rounds. */
  readonly nanoseconds: number;
  /** The same of every round, in the order they were measured. */
  readonly rounds: readonly number[];
}

/** How much is measured. */
export interface AuthDepth {
  readonly rounds: number;
  /** Calls of one case in one round. */
  readonly calls: number;
}

/** So many callers of each kind take turns, so that no single entry is always at hand. */
const CALLERS = 50;

/** Calls that are prepared at a time: a head that was just read is still in the core's cache. */
const BATCH = 500;

interface Case {
  readonly name: string;
  /** Prepares the calls, which is not measured, and returns what makes them. */
  prepare(calls: number): () => number;
}

/** Measures every kind of credential, in rounds that start with another case each. */
export async function measureAuth({ rounds, calls }: AuthDepth): Promise<readonly AuthCost[]> {
  const world = await authWorld(CALLERS);
  const cases = world.credentials.flatMap(([name, texts]) => casesOf(world, name, texts));
  const costs = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  // The first round warms the code up and is not kept.
  for (let round = -1; round < rounds; round += 1) {
    const shift = (round + 1) % cases.length;
    await world.see();
    for (const one of [...cases.slice(shift), ...cases.slice(0, shift)]) {
      const nanoseconds = measure(one, calls);
      if (round >= 0) costs.get(one.name)?.push(nanoseconds);
    }
  }
  return [...costs].map(([name, all]) => ({ name, nanoseconds: median(all), rounds: all }));
}

function measure(one: Case, calls: number): number {
  let micros = 0;
  for (let left = calls; left > 0; left -= BATCH) {
    const batch = Math.min(left, BATCH);
    const run = one.prepare(batch);
    const before = process.cpuUsage();
    const admitted = run();
    const { user, system } = process.cpuUsage(before);
    if (admitted !== batch)
      throw new Error(`${one.name}: ${batch - admitted} were looked up again`);
    micros += user + system;
  }
  return (micros * 1000) / calls;
}

/** A kind of credential in a head that was just read, and again on a connection that goes on. */
function casesOf({ admit }: AuthWorld, name: string, texts: readonly string[]): readonly Case[] {
  const admitted = (token: string | undefined): number =>
    admit(token, RESOURCE) instanceof Promise ? 0 : 1;
  const textAt = (at: number): string => texts[at % texts.length] ?? '';
  return [
    {
      name: `${name}, head read anew`,
      prepare: (calls) => {
        const heads = Array.from({ length: calls }, (_, at) => headOf(textAt(at)));
        return () => {
          let count = 0;
          for (const head of heads) count += admitted(credentialHeader(head));
          return count;
        };
      },
    },
    {
      name: `${name}, head known`,
      prepare: (calls) => () => {
        let count = 0;
        for (let at = 0; at < calls; at += 1) count += admitted(textAt(at));
        return count;
      },
    },
  ];
}

/** Headers as they come from the network: a text of its own, whose hash nobody has computed yet. */
function headOf(token: string): IncomingHttpHeaders {
  const bytes = Buffer.from(`authorization: Bearer ${token}\r\n`, 'latin1');
  const [line = ''] = bytes.toString('latin1').split('\r\n');
  return { authorization: line.slice(line.indexOf(':') + 2) };
}
