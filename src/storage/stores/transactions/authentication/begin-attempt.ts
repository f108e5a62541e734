import type { AttemptKey } from '../../../../identity/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';

interface Counted {
  readonly count: number;
  readonly lastAtMs: number;
  readonly blockedUntilMs: number;
}

/**
 * Counts an attempt before it is judged, so that of many at once only the free ones are judged;
 * see `AttemptStore.begin`.
 */
export function* beginAttempt({
  keys,
  nowMs,
}: {
  readonly keys: readonly AttemptKey[];
  readonly nowMs: number;
}): Steps<{ readonly key: string; readonly untilMs: number } | null> {
  const counts: number[] = [];
  for (const { key } of keys) {
    const row = yield* firstRow<Counted>(sql`SELECT count, last_at_ms AS "lastAtMs",
      blocked_until_ms AS "blockedUntilMs" FROM sign_in_attempt WHERE key = ${key}`);
    if (row !== undefined && row.blockedUntilMs > nowMs)
      return { key, untilMs: row.blockedUntilMs };
    const since = row === undefined ? nowMs : Math.max(row.lastAtMs, row.blockedUntilMs);
    counts.push(row === undefined || nowMs - since >= limits.signInFailureMs ? 1 : row.count + 1);
  }
  for (const [index, { key, freeMax }] of keys.entries()) {
    const count = counts[index] ?? 1;
    const blockedUntilMs = count < freeMax ? 0 : nowMs + waitMs(count - freeMax);
    yield* change(sql`INSERT INTO sign_in_attempt (key, count, last_at_ms, blocked_until_ms)
      VALUES (${key}, ${count}, ${nowMs}, ${blockedUntilMs})
      ON CONFLICT (key) DO UPDATE SET count = excluded.count, last_at_ms = excluded.last_at_ms,
        blocked_until_ms = excluded.blocked_until_ms`);
  }
  return null;
}

/** Forgets the account's attempts and takes one back from the address. */
export function* succeedAttempt({
  account,
  address: { key, freeMax },
}: {
  readonly account: string;
  readonly address: AttemptKey;
}): Steps<null> {
  yield* change(sql`DELETE FROM sign_in_attempt WHERE key = ${account}`);
  yield* change(sql`UPDATE sign_in_attempt SET count = count - 1,
      blocked_until_ms = CASE WHEN count <= ${freeMax} THEN 0 ELSE blocked_until_ms END
    WHERE key = ${key} AND count > 0`);
  return null;
}

/** The wait after the last free attempt and `more` further ones. */
function waitMs(more: number): number {
  return Math.min(limits.signInWaitMsMin * 2 ** Math.min(more, 20), limits.signInWaitMsMax);
}
