import type { PrivacyStore } from '../../../identity/privacy/store.ts';
import type { Database } from '../database.ts';
import { GRANT_COLUMNS, toGrant } from '../rows/grant-rows.ts';

/** What is kept of people, across the domains. */
export function createPrivacyStore({ query, transact, scrub }: Database): PrivacyStore {
  return {
    erase: (request) => transact('erasePerson', request),
    scrub,
    grants: async (tenant, userId) => {
      const rows = await query
        .selectFrom('access_grant')
        .select(GRANT_COLUMNS)
        .where('tenant_id', '=', tenant)
        .where('user_id', '=', userId)
        .orderBy('created_at_ms')
        .orderBy('id')
        .execute();
      return rows.map(toGrant);
    },
    identityLinks: (tenant, userId) =>
      query
        .selectFrom('identity_link')
        .select(['issuer', 'subject', 'tenant_id as tenant', 'user_id as userId'])
        .select('created_at_ms as createdAtMs')
        .where('tenant_id', '=', tenant)
        .where('user_id', '=', userId)
        .orderBy('issuer')
        .orderBy('subject')
        .execute(),
  };
}
