import type { TenantId } from '../../kernel/principal.ts';
import { firstSettings, type PolicyStore } from '../../policy/store.ts';
import type { Database } from './database.ts';
import { toPolicyRule, toPolicySettings } from './rows/policy-rows.ts';

/** Rules and settings of policy. */
export function createPolicyStore({ query, transact }: Database): PolicyStore {
  const select = (tenant: TenantId) =>
    query
      .selectFrom('policy_rule')
      .select(['id', 'tenant_id as tenant', 'says', 'version'])
      .select(['created_at_ms as createdAtMs', 'updated_at_ms as updatedAtMs'])
      .where('tenant_id', '=', tenant);
  return {
    rules: async (tenant, page) => {
      const rows = await select(tenant)
        .$if(page?.after !== undefined, (rules) => rules.where('id', '>', page?.after ?? ''))
        .$if(page !== undefined, (rules) => rules.limit(page?.rowsMax ?? 0))
        .orderBy('id')
        .execute();
      return rows.map(toPolicyRule);
    },
    rule: async (tenant, id) => {
      const row = await select(tenant).where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : toPolicyRule(row);
    },
    insertRules: async (tenant, rules) => {
      await transact('insertPolicyRules', { tenant, rules });
    },
    updateRule: (tenant, id, update) => transact('updatePolicyRule', { tenant, id, update }),
    deleteRule: (tenant, id, ifVersion) => transact('removePolicyRule', { tenant, id, ifVersion }),
    settings: async (tenant) => {
      const row = await query
        .selectFrom('policy_setting')
        .select(['mode', 'bounds', 'updated_at_ms as updatedAtMs', 'version'])
        .where('tenant_id', '=', tenant)
        .executeTakeFirst();
      return row === undefined ? firstSettings : toPolicySettings(row);
    },
    putSettings: (tenant, update) => transact('putPolicySettings', { tenant, update }),
  };
}
