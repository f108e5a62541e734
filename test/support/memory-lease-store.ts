import type { JobState, LeaseStore } from '../../src/jobs/store.ts';

type Row = { -readonly [Key in keyof JobState]: JobState[Key] };

/** Leases in memory, on a clock of their own; `failing` makes every question fail. */
export function memoryLeaseStore(now: () => number = Date.now) {
  const rows = new Map<string, Row>();
  const state = { failing: false };
  const answer = async <Result>(work: () => Result): Promise<Result> => {
    await Promise.resolve();
    if (state.failing) throw new Error('the database is away');
    return work();
  };
  const held = (job: string, number: number): Row | undefined => {
    const row = rows.get(job);
    return row?.number === number ? row : undefined;
  };
  const store: LeaseStore = {
    acquire: (job, holder, lifeMs, isStart = false) =>
      answer(() => {
        const row = rows.get(job);
        const isOwn = isStart && row?.holder === holder;
        if (row !== undefined && row.expiresAtMs > now() && !isOwn) return undefined;
        const number = (row?.number ?? 0) + 1;
        const [ranAtMs, ranBy] = [row?.ranAtMs ?? null, row?.ranBy ?? null];
        const expiresAtMs = now() + lifeMs;
        rows.set(job, { name: job, holder, number, expiresAtMs, ranAtMs, ranBy });
        return { job, number, sinceRunMs: ranAtMs === null ? null : now() - ranAtMs };
      }),
    renew: ({ job, number }, lifeMs) =>
      answer(() => {
        const row = held(job, number);
        if (row !== undefined) row.expiresAtMs = now() + lifeMs;
        return row !== undefined;
      }),
    ran: ({ job, number }) =>
      answer(() => {
        const row = held(job, number);
        if (row === undefined) return false;
        row.ranAtMs = now();
        row.ranBy = row.holder;
        return true;
      }),
    release: ({ job, number }) =>
      answer(() => {
        const row = held(job, number);
        if (row !== undefined) row.expiresAtMs = now();
      }),
    list: () => answer(() => [...rows.values()]),
  };
  return { store, rows, state };
}
