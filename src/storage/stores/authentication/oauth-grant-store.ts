import type { OAuthGrantStore } from '../../../identity/store.ts';
import type { Database } from '../database.ts';
import { GRANT_COLUMNS, toGrant } from '../rows/grant-rows.ts';

/** Grants as their owners see them, and links from people elsewhere to users here. */
export function createOAuthGrantStore({ query, transact }: Database): OAuthGrantStore {
  const inForce = (nowMs: number) =>
    query
      .selectFrom('access_grant')
      .select(GRANT_COLUMNS)
      .where('revoked_at_ms', 'is', null)
      .where('expires_at_ms', '>', nowMs)
      .orderBy('created_at_ms', 'desc')
      .orderBy('id', 'desc');
  const findLink: OAuthGrantStore['findLink'] = (issuer, subject) =>
    query
      .selectFrom('identity_link')
      .select(['issuer', 'subject', 'tenant_id as tenant', 'user_id as userId'])
      .select('created_at_ms as createdAtMs')
      .where('issuer', '=', issuer)
      .where('subject', '=', subject)
      .executeTakeFirst();
  return {
    list: async (tenant, { userId, nowMs }) => {
      const all = inForce(nowMs).where('tenant_id', '=', tenant);
      const rows = await (userId === undefined ? all : all.where('user_id', '=', userId)).execute();
      return rows.map(toGrant);
    },
    consents: async ({ userId, clientId, resource }, nowMs) => {
      const rows = await inForce(nowMs)
        .where('client_id', '=', clientId)
        .where('user_id', '=', userId)
        .where('resource', '=', resource)
        .limit(CONSENTS_MAX)
        .execute();
      return rows.map(toGrant);
    },
    revokeOfClient: (tenant, clientId, atMs) =>
      transact('revokeGrantsOfClient', { tenant, clientId, atMs }),
    linkIdentity: async (link) => {
      await query
        .insertInto('identity_link')
        .values({
          issuer: link.issuer,
          subject: link.subject,
          tenant_id: link.tenant,
          user_id: link.userId,
          created_at_ms: link.createdAtMs,
        })
        .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doNothing())
        .execute();
      return (await findLink(link.issuer, link.subject)) ?? link;
    },
    findLink,
  };
}

/** The newest are enough to remember what was consented to. */
const CONSENTS_MAX = 20;
