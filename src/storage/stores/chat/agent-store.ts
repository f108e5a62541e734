import type { AgentStore } from '../../../chat/agents/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import type { Database } from '../database.ts';
import { toAgent, toAgentVersion } from '../rows/agent-rows.ts';

/** The agents of tenants. */
export function createAgentStore({ query, transact }: Database): AgentStore {
  const agents = (tenant: TenantId) =>
    query.selectFrom('chat_agent').selectAll().where('tenant_id', '=', tenant);
  const versions = (tenant: TenantId, id: string) =>
    query
      .selectFrom('chat_agent_version')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('agent_id', '=', id);
  return {
    list: async (tenant) => (await agents(tenant).orderBy('slug').execute()).map(toAgent),
    get: async (tenant, id) => {
      const row = await agents(tenant).where('id', '=', id).executeTakeFirst();
      return row && toAgent(row);
    },
    bySlug: async (tenant, slug) => {
      const row = await agents(tenant).where('slug', '=', slug).executeTakeFirst();
      return row && toAgent(row);
    },
    insert: (tenant, agent) => transact('insertChatAgent', { tenant, agent }),
    update: (tenant, id, update) => transact('updateChatAgent', { tenant, id, update }),
    publish: (tenant, id, publication) => transact('publishChatAgent', { tenant, id, publication }),
    remove: (tenant, id, ifVersion) => transact('removeChatAgent', { tenant, id, ifVersion }),
    versions: async (tenant, id) => {
      const rows = await versions(tenant, id).orderBy('number', 'desc').execute();
      return rows.map(toAgentVersion);
    },
    getVersion: async (tenant, id, number) => {
      const row = await versions(tenant, id).where('number', '=', number).executeTakeFirst();
      return row && toAgentVersion(row);
    },
  };
}
