import type { Patch } from './patched-source.ts';

/** The variable that names the failpoint at which a patched gateway kills itself. */
export const FAILPOINT = 'CHAOS_FAILPOINT';

/** Ends the process at the third time the place is reached, as kill -9 would. */
const dieAt = (name: string): string => {
  const times = '(globalThis.reached = (globalThis.reached ?? 0) + 1)';
  const isTime = `process.env.${FAILPOINT} === '${name}' && ${times} === 3`;
  return `if (${isTime}) process.kill(process.pid, 'SIGKILL');`;
};

const before = (name: string, file: string, text: string): Patch => ({
  file,
  text,
  instead: `${dieAt(name)}\n${text}`,
});

const after = (name: string, file: string, text: string): Patch => ({
  file,
  text,
  instead: `${text}\n${dieAt(name)}`,
});

const SQLITE = 'storage/sqlite/usage-writer.ts';
const POSTGRES = 'storage/postgres/usage-writer.ts';
const RATE = 'storage/stores/transactions/billing/rate-usage.ts';
const TAKE = 'storage/stores/transactions/billing/take-pending.ts';
const JOB = 'jobs/billing/rate-usage.ts';

/** Places on the way of a record from the log to the ledger, by their names. */
export const failpoints: Readonly<Record<string, readonly Patch[]>> = {
  'drain before commit': [
    after('drain before commit', SQLITE, '        this.#finish(batch);'),
    after(
      'drain before commit',
      POSTGRES,
      '    await runStepsInside(client, addPending({ block, runs: runsOf(fresh) }));',
    ),
  ],
  'drain after commit': [
    before('drain after commit', 'metering/drain.ts', '    backlog.drained(segment, consumed);'),
  ],
  'rate after taking': [before('rate after taking', TAKE, '  return rows.map(toRated);')],
  'rate between charges and counters': [
    before(
      'rate between charges and counters',
      RATE,
      '  yield* writeMeters(tenant, charged.meters);',
    ),
  ],
  'rate before commit': [
    after(
      'rate before commit',
      RATE,
      '  yield* addToTotal(tenant, records.length, setAside.length, charged.charges);',
    ),
  ],
  'rate after commit': [
    after(
      'rate after commit',
      JOB,
      '        const rated = await store.rateUsage(tenant, now(), fence);',
    ),
  ],
};
