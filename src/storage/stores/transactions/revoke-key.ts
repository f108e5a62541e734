import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { change, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

/** Marks a key revoked, for good; false when the tenant has no such key. */
export function* revokeKey({
  tenant,
  keyId,
  revokedAtMs,
}: {
  readonly tenant: TenantId;
  readonly keyId: string;
  readonly revokedAtMs: number;
}): Steps<boolean> {
  // A key that was revoked before keeps its first moment.
  const changes = yield* change(sql`UPDATE api_key
    SET revoked_at_ms = coalesce(revoked_at_ms, ${revokedAtMs})
    WHERE tenant_id = ${tenant} AND id = ${keyId}`);
  if (changes === 0) return false;
  yield* bumpVersion('keys', tenant);
  return true;
}
