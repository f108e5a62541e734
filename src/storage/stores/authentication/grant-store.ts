import type { GrantStore } from '../../../identity/store.ts';
import type { Database } from '../database.ts';
import { GRANT_COLUMNS, toGrant } from '../rows/grant-rows.ts';

/** Grants of people. */
export function createGrantStore({ query, transact }: Database): GrantStore {
  return {
    insert: async (tenant, grant) => {
      await query
        .insertInto('access_grant')
        .values({
          tenant_id: tenant,
          id: grant.id,
          user_id: grant.userId,
          kind: grant.kind,
          client_id: grant.clientId,
          scopes: grant.scopes === null ? null : JSON.stringify(grant.scopes),
          access: JSON.stringify(grant.access),
          resource: grant.resource,
          created_at_ms: grant.createdAtMs,
          expires_at_ms: grant.expiresAtMs,
          revoked_at_ms: grant.revokedAtMs,
        })
        .execute();
    },
    get: async (tenant, id) => {
      const row = await query
        .selectFrom('access_grant')
        .select(GRANT_COLUMNS)
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : toGrant(row);
    },
    revoke: (tenant, id, revokedAtMs) => transact('revokeGrant', { tenant, id, revokedAtMs }),
    revokeOfUser: (which, revokedAtMs) => transact('revokeGrantsOfUser', { which, revokedAtMs }),
  };
}
