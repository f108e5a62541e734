import type { Fence } from '../../../kernel/fence.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';
import { holdsFence } from './leases.ts';

/** Ends a session; false when there is none. */
export function* removeSession({
  tenant,
  id,
}: {
  readonly tenant: TenantId;
  readonly id: string;
}): Steps<boolean> {
  const removed = yield* change(sql`DELETE FROM managed_session
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (removed === 0) return false;
  yield* bumpVersion('sessions', tenant);
  return true;
}

/** Deletes every tenant's expired sessions; false when there are any and another holds the job. */
export function* removeExpiredSessions({
  beforeMs,
  fence,
}: {
  readonly beforeMs: number;
  readonly fence: Fence;
}): Steps<boolean> {
  const expired = yield* firstRow(sql`SELECT id FROM managed_session
    WHERE expires_at_ms <= ${beforeMs} LIMIT 1`);
  // The fence is a write: a quiet disk is left alone.
  if (expired === undefined) return true;
  if (!(yield* holdsFence(fence))) return false;
  yield* change(sql`DELETE FROM managed_session WHERE expires_at_ms <= ${beforeMs}`);
  return true;
}
