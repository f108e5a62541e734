import type { Rotation, Successor } from '../../../../identity/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { toGrant, type GrantRow } from '../../rows/grant-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { revokeGrant } from './revoke-grants.ts';

type TokenRow = GrantRow & {
  readonly tokenEndMs: number;
  readonly usedAtMs: number | null;
  readonly successorSealed: string | null;
};

/** Uses a refresh token; see `RefreshTokenStore.rotate`. */
export function* rotateRefreshToken({
  hash,
  successor,
  nowMs,
}: {
  readonly hash: string;
  readonly successor: Successor;
  readonly nowMs: number;
}): Steps<Rotation> {
  const row = yield* firstRow<TokenRow>(sql`SELECT g.tenant_id AS tenant, g.id,
      g.user_id AS "userId", g.kind, g.client_id AS "clientId", g.scopes, g.access, g.resource,
      g.created_at_ms AS "createdAtMs", g.expires_at_ms AS "expiresAtMs",
      g.revoked_at_ms AS "revokedAtMs", t.expires_at_ms AS "tokenEndMs",
      t.used_at_ms AS "usedAtMs", t.successor_sealed AS "successorSealed"
    FROM refresh_token t JOIN access_grant g ON g.tenant_id = t.tenant_id AND g.id = t.grant_id
    WHERE t.hash = ${hash}`);
  if (row === undefined) return { kind: 'refused' };
  const { tokenEndMs, usedAtMs, successorSealed, ...rest } = row;
  const grant = toGrant(rest);
  const isOver = grant.revokedAtMs !== null || grant.expiresAtMs <= nowMs || tokenEndMs <= nowMs;
  if (isOver) return { kind: 'refused' };
  if (usedAtMs !== null && successorSealed !== null) {
    if (nowMs - usedAtMs <= limits.refreshRepeatMs) {
      return { kind: 'repeated', grant, successorSealed };
    }
    yield* revokeGrant({ tenant: grant.tenant, id: grant.id, revokedAtMs: nowMs });
    return { kind: 'reused', grant };
  }
  yield* change(sql`UPDATE refresh_token
    SET used_at_ms = ${nowMs}, successor_sealed = ${successor.sealed} WHERE hash = ${hash}`);
  yield* change(sql`INSERT INTO refresh_token
    (hash, tenant_id, grant_id, created_at_ms, expires_at_ms)
    VALUES (${successor.hash}, ${grant.tenant}, ${grant.id}, ${nowMs}, ${successor.expiresAtMs})`);
  return { kind: 'rotated', grant };
}
