import type { ConnectState } from '../../../identity/store.ts';
import { sql } from '../sql.ts';
import { change, firstRow, type Steps } from '../transaction.ts';

/** Adds a state; the oldest of its user above the count go, and all that have expired. */
export function* addConnectState({
  state,
  countMax,
}: {
  readonly state: ConnectState;
  readonly countMax: number;
}): Steps<null> {
  const { tenant, userId } = state;
  yield* change(sql`DELETE FROM connect_state WHERE expires_at_ms <= ${state.createdAtMs}`);
  yield* change(sql`INSERT INTO connect_state (hash, tenant_id, user_id, grant_id, service_id, step,
      sealed, created_at_ms, expires_at_ms)
    VALUES (${state.hash}, ${tenant}, ${userId}, ${state.grantId}, ${state.serviceId},
      ${state.step}, ${state.sealed}, ${state.createdAtMs}, ${state.expiresAtMs})`);
  yield* change(sql`DELETE FROM connect_state WHERE tenant_id = ${tenant} AND user_id = ${userId}
    AND hash NOT IN (SELECT hash FROM connect_state
      WHERE tenant_id = ${tenant} AND user_id = ${userId}
      ORDER BY created_at_ms DESC, hash LIMIT ${countMax})`);
  return null;
}

/** Takes a state out; null when it is there no more. */
export function* takeConnectState({
  hash,
  step,
}: {
  readonly hash: string;
  readonly step: ConnectState['step'];
}): Steps<ConnectState | null> {
  const row = yield* firstRow<ConnectState>(sql`DELETE FROM connect_state
    WHERE hash = ${hash} AND step = ${step}
    RETURNING hash, tenant_id AS tenant, user_id AS "userId", grant_id AS "grantId",
      service_id AS "serviceId", step, sealed, created_at_ms AS "createdAtMs",
      expires_at_ms AS "expiresAtMs"`);
  return row ?? null;
}
