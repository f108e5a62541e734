import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { GatewayError } from '../../src/kernel/errors.ts';
import type { Log } from '../../src/kernel/log.ts';
import {
  decodeUsageLine,
  type UsageLog,
  type UsageRecord,
  type UsageStore,
} from '../../src/metering/store.ts';
import { JobLoop } from '../../src/jobs/job-loop.ts';
import { limits } from '../../src/kernel/limits.ts';
import { openUsageLog, type UsageLogOptions } from '../../src/metering/usage-log.ts';
import { usageRecord } from './usage-record.ts';

/** A store that counts how often each id came, and refuses or fails when told to. */
function makeUsageStore() {
  const counts = new Map<string, number>();
  const state = { down: false, refuseTool: '' };
  const insert: UsageStore['insert'] = async (lines) => {
    await setImmediate();
    if (state.down) throw new GatewayError('storage_unavailable');
    const refused = [];
    for (const line of Buffer.from(lines).toString('utf8').trimEnd().split('\n')) {
      const row = decodeUsageLine(line);
      if (row[9] === state.refuseTool) refused.push({ line, reason: 'told to' });
      else counts.set(String(row[0]), (counts.get(String(row[0])) ?? 0) + 1);
    }
    return refused;
  };
  return { counts, state, store: { insert } as UsageStore };
}

function makeLog() {
  const said: string[] = [];
  const say: Log['info'] = (_fields, message) => void said.push(message);
  return { said, log: { debug: say, info: say, warn: say, error: say } };
}

/** An empty folder, a store and a log of the gateway around a usage log. */
export function makeUsageWorld(t: TestContext) {
  const directory = join(fs.mkdtempSync(join(tmpdir(), 'gateway-log-')), 'usage');
  t.after(() => fs.rmSync(join(directory, '..'), { recursive: true, force: true }));
  const { counts, state, store } = makeUsageStore();
  const { said, log } = makeLog();
  const startDrain: UsageLogOptions['startDrain'] = (run) => {
    const retryMs = { min: limits.usageRetryMsMin, max: limits.usageRetryMsMax };
    const loop = new JobLoop({
      name: 'usage.drain',
      everyMs: limits.usageDrainMs,
      repeats: false,
      runMs: limits.jobRunMs,
      retryMs,
      run,
      log,
    });
    t.after(() => loop[Symbol.asyncDispose]());
    return loop;
  };
  const open = (options: Partial<UsageLogOptions> = {}): Promise<UsageLog> =>
    openUsageLog({ directory, store, durability: 'strict', log, startDrain, ...options });
  const files = (): string[] => fs.readdirSync(directory).toSorted();
  return { directory, counts, state, said, open, files };
}

/** Appends the records at the same time. */
export const appendAll = (log: UsageLog, records: readonly UsageRecord[]): Promise<void[]> =>
  Promise.all(records.map((one) => log.append(one)));

/** So many records. */
export const usageRecords = (count: number, changes?: Partial<UsageRecord>): UsageRecord[] =>
  Array.from({ length: count }, () => usageRecord(changes));

/** What a store has counted when it got each record once. */
export const onceEach = (records: readonly UsageRecord[]): Map<string, number> =>
  new Map(records.map(({ id }) => [id, 1]));
