import type { Lease } from '../../../jobs/store.ts';
import type { Fence } from '../../../kernel/fence.ts';
import { sql } from '../sql.ts';
import { change, firstRow, type Steps } from '../transaction.ts';

interface Acquired {
  readonly number: number;
  readonly since_run_ms: number | null;
}

/** Takes a job that nobody holds now, or at its start the holder itself; null when it is held. */
export function* acquireLease({
  job,
  holder,
  lifeMs,
  isStart,
}: {
  readonly job: string;
  readonly holder: string;
  readonly lifeMs: number;
  readonly isStart: boolean;
}): Steps<Lease | null> {
  const earlierSelf = isStart ? holder : null;
  const row = yield* firstRow<Acquired>(sql`INSERT INTO job_lease
      (name, holder, number, expires_at_ms)
    VALUES (${job}, ${holder}, 1, (SELECT now_ms FROM database_clock) + ${lifeMs})
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, number = job_lease.number + 1,
      expires_at_ms = excluded.expires_at_ms
    WHERE job_lease.expires_at_ms <= (SELECT now_ms FROM database_clock)
      OR job_lease.holder = ${earlierSelf}
    RETURNING number, (SELECT now_ms FROM database_clock) - ran_at_ms AS since_run_ms`);
  if (row === undefined) return null;
  return { job, number: row.number, sinceRunMs: row.since_run_ms };
}

/** Holds a job from now on for so long; false when another took it. */
export function* renewLease({
  fence: { job, number },
  lifeMs,
}: {
  readonly fence: Fence;
  readonly lifeMs: number;
}): Steps<boolean> {
  const changes = yield* change(sql`UPDATE job_lease
    SET expires_at_ms = (SELECT now_ms FROM database_clock) + ${lifeMs}
    WHERE name = ${job} AND number = ${number}`);
  return changes > 0;
}

/** Notes that a job was run to its end; false when another holds it. */
export function* noteJobRun({ fence: { job, number } }: { readonly fence: Fence }): Steps<boolean> {
  const changes = yield* change(sql`UPDATE job_lease
    SET ran_at_ms = (SELECT now_ms FROM database_clock), ran_by = holder
    WHERE name = ${job} AND number = ${number}`);
  return changes > 0;
}

/**
 * True when the fence's holder still has the job. It stays so until the transaction ends: the row
 * is written to, which keeps others from taking the lease meanwhile.
 */
export function* holdsFence({ job, number }: Fence): Steps<boolean> {
  const changes = yield* change(sql`UPDATE job_lease SET number = number
    WHERE name = ${job} AND number = ${number}`);
  return changes > 0;
}
