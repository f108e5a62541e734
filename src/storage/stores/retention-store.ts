import type { RetentionStore } from '../../audit/store.ts';
import type { Database } from './database.ts';

/** How long tenants keep what. */
export function createRetentionStore({ query, transact }: Database): RetentionStore {
  return {
    settings: async (tenant) => {
      const row = await query
        .selectFrom('retention')
        .select(['usage_days as usageDays', 'audit_days as auditDays', 'chat_days as chatDays'])
        .select('version')
        .where('tenant_id', '=', tenant)
        .executeTakeFirst();
      return row ?? { usageDays: null, auditDays: null, chatDays: null, version: 0 };
    },
    change: (tenant, change, ifVersion) =>
      transact('changeRetention', {
        tenant,
        change,
        ...(ifVersion === undefined ? {} : { ifVersion }),
      }),
    cutUsage: (tenant, request) => transact('cutUsage', { tenant, ...request }),
    cutAudit: (tenant, request) => transact('cutAudit', { tenant, ...request }),
    sweep: (tenant, fence) => transact('sweepBehindCuts', { tenant, fence }),
  };
}
