import type { GrantName, GrantsOfUser } from '../../../../identity/store.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { allRows, change, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';

/** Revokes a grant, for good; false when there is none that is not revoked. */
export function* revokeGrant({
  tenant,
  id,
  revokedAtMs,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly revokedAtMs: number;
}): Steps<boolean> {
  const changes = yield* change(sql`UPDATE access_grant SET revoked_at_ms = ${revokedAtMs}
    WHERE tenant_id = ${tenant} AND id = ${id} AND revoked_at_ms IS NULL`);
  if (changes === 0) return false;
  yield* change(sql`DELETE FROM login_session WHERE tenant_id = ${tenant} AND grant_id = ${id}`);
  yield* bumpVersion('keys', tenant);
  return true;
}

/** Revokes a user's grants of some kinds but one, with their browser sessions; which those were. */
export function* revokeGrantsOfUser({
  which: { userId, kinds, tenant: only, except = '' },
  revokedAtMs,
}: {
  readonly which: GrantsOfUser;
  readonly revokedAtMs: number;
}): Steps<readonly GrantName[]> {
  const own = yield* allRows<GrantName & { readonly kind: GrantsOfUser['kinds'][number] }>(
    sql`SELECT tenant_id AS tenant, id, kind FROM access_grant
      WHERE user_id = ${userId} AND revoked_at_ms IS NULL ORDER BY tenant_id, id`,
  );
  const meant = own
    .filter(({ tenant }) => only === undefined || tenant === only)
    .filter(({ id, kind }) => kinds.includes(kind) && id !== except);
  for (const { tenant, id } of meant) yield* revokeGrant({ tenant, id, revokedAtMs });
  return meant.map(({ tenant, id }) => ({ tenant, id }));
}
