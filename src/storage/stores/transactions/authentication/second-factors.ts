import type { SecondFactor } from '../../../../identity/store.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';

/** Keeps a factor that is not confirmed; false when there is one that is. */
export function* enrolSecondFactor({ factor }: { readonly factor: SecondFactor }): Steps<boolean> {
  const { userId, secretSealed, lastStep, recoveryHashes } = factor;
  const changed = yield* change(sql`INSERT INTO second_factor
      (user_id, kind, secret_sealed, last_step, confirmed_at_ms, recovery_hashes)
    VALUES (${userId}, 'totp', ${secretSealed}, ${lastStep}, NULL,
      ${JSON.stringify(recoveryHashes)})
    ON CONFLICT (user_id, kind) DO UPDATE
    SET secret_sealed = excluded.secret_sealed, last_step = excluded.last_step,
      recovery_hashes = excluded.recovery_hashes
    WHERE second_factor.confirmed_at_ms IS NULL`);
  return changed > 0;
}

/** Takes a recovery code away; false when it is not among those left. */
export function* takeRecoveryCode({
  userId,
  hash,
}: {
  readonly userId: string;
  readonly hash: string;
}): Steps<boolean> {
  const row = yield* firstRow<{ readonly recovery_hashes: string }>(
    sql`SELECT recovery_hashes FROM second_factor
      WHERE user_id = ${userId} AND kind = 'totp' AND confirmed_at_ms IS NOT NULL`,
  );
  const hashes = row === undefined ? [] : (JSON.parse(row.recovery_hashes) as readonly string[]);
  if (!hashes.includes(hash)) return false;
  const left = JSON.stringify(hashes.filter((one) => one !== hash));
  yield* change(sql`UPDATE second_factor SET recovery_hashes = ${left}
    WHERE user_id = ${userId} AND kind = 'totp'`);
  return true;
}
