import type { GuardRuleStore } from '../../../policy/guardrails/store.ts';
import type { Database } from '../database.ts';
import { toGuardRule } from '../rows/stored-guard-rules.ts';

/** Guardrails and rules for approvals. */
export function createGuardRuleStore({ query, transact }: Database): GuardRuleStore {
  return {
    list: async (tenant) => {
      const rows = await query
        .selectFrom('guard_rule')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .orderBy('id')
        .execute();
      return rows.map(toGuardRule);
    },
    insert: async (tenant, rule) => {
      await transact('insertGuardRule', { tenant, rule });
    },
    update: (tenant, kind, id, update) => transact('updateGuardRule', { tenant, kind, id, update }),
    delete: (tenant, kind, id, ifVersion) =>
      transact('removeGuardRule', { tenant, kind, id, ifVersion }),
  };
}
