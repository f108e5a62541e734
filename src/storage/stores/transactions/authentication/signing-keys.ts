import type { SigningKeyRow } from '../../../../identity/store.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';

/** Lets a key sign in the place of older ones; see `SigningKeyStore.replace`. */
export function* replaceSigningKey({
  key,
  sinceMs,
  retiresAtMs,
}: {
  readonly key: SigningKeyRow;
  readonly sinceMs: number;
  readonly retiresAtMs: number;
}): Steps<boolean> {
  const young = yield* firstRow(sql`SELECT id FROM signing_key
    WHERE retires_at_ms IS NULL AND created_at_ms >= ${sinceMs}`);
  if (young !== undefined) return false;
  yield* change(sql`DELETE FROM signing_key WHERE retires_at_ms <= ${key.createdAtMs}`);
  yield* change(sql`UPDATE signing_key SET retires_at_ms = ${retiresAtMs}
    WHERE retires_at_ms IS NULL`);
  yield* change(sql`INSERT INTO signing_key
      (id, algorithm, public_jwk, private_jwk_sealed, created_at_ms, retires_at_ms)
    VALUES (${key.id}, ${key.algorithm}, ${key.publicJwk}, ${key.privateJwkSealed},
      ${key.createdAtMs}, NULL)`);
  return true;
}
