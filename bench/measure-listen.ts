import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '../src/kernel/limits.ts';
import { readTree } from './cpu-meter.ts';
import type { LoadMessage } from './load-messages.ts';
import type { Bench, NamedSubject } from './measure-calls.ts';
import type { SubjectResult } from './results.ts';
import type { ListenLoad } from './scenario.ts';

/** Time after which memory is read, so that what opening needed can be given back. */
const SETTLE_MS = 1500;
/** Streams opened and closed first: what is allocated once is not a stream's cost. */
const FIRST_STREAMS = 100;

/** Opens the streams on every subject in turn and returns the memory each stream holds. */
export async function measureListen(
  bench: Bench,
  load: ListenLoad,
  subjects: readonly NamedSubject[],
): Promise<readonly SubjectResult[]> {
  const results: SubjectResult[] = [];
  const isQuick = bench.depth.mode === 'quick';
  const streams = isQuick ? Math.ceil(load.streams / 10) : load.streams;
  for (const { name, running } of subjects) {
    const { url, pid } = running;
    if (pid === undefined) continue;
    const era = bench.scenario.client;
    const ask = (message: LoadMessage): Promise<unknown> => bench.load.ask(message);
    const callers = Math.ceil(streams / limits.listenStreamsPerCredentialMax);
    const headers = (await running.callers?.(callers)) ?? [running.headers];
    const hold = async (connections: number): Promise<void> => {
      await ask({ type: 'open', url, headers, era, tool: 'echo', connections });
      await ask({ type: 'hold' });
      await sleep(SETTLE_MS);
    };
    await hold(FIRST_STREAMS);
    await ask({ type: 'close' });
    await sleep(SETTLE_MS);
    const before = readTree(pid);
    await hold(streams);
    const after = readTree(pid);
    await ask({ type: 'close' });
    const kilobytesPerStream = (after.rssBytes - before.rssBytes) / 1000 / streams;
    results.push({
      name,
      listen: { streams, rssMegabytes: after.rssBytes / 1e6, kilobytesPerStream },
    });
  }
  return results;
}
