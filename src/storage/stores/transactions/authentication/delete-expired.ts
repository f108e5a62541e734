import { limits } from '../../../../kernel/limits.ts';
import { sql } from '../../sql.ts';
import { change, type Steps } from '../../transaction.ts';

/** How long the traces of what is over are kept: a reused token must still be known as one. */
const KEPT_MS = limits.refreshTokenMs;

/** Deletes what has had its time, of every kind of sign-in. */
export function* deleteExpiredSignIns({ nowMs }: { readonly nowMs: number }): Steps<null> {
  const before = nowMs - KEPT_MS;
  yield* change(sql`DELETE FROM login_session WHERE expires_at_ms <= ${nowMs}
    OR seen_at_ms <= ${nowMs - limits.loginSessionIdleMs - limits.loginSessionSeenMs}`);
  yield* change(sql`DELETE FROM refresh_token WHERE expires_at_ms <= ${nowMs}`);
  yield* change(sql`DELETE FROM access_grant WHERE expires_at_ms <= ${before}`);
  yield* change(sql`DELETE FROM one_time_token WHERE expires_at_ms <= ${nowMs}`);
  yield* change(sql`DELETE FROM sso_login WHERE expires_at_ms <= ${nowMs}`);
  yield* change(sql`DELETE FROM sign_in_attempt
    WHERE last_at_ms <= ${nowMs - limits.signInFailureMs - limits.signInWaitMsMax}`);
  return null;
}
