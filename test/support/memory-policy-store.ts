import { checkVersion } from '../../src/kernel/check-version.ts';
import type { TenantId } from '../../src/kernel/principal.ts';
import {
  firstSettings,
  type PolicyRule,
  type PolicySettings,
  type PolicyStore,
} from '../../src/policy/store.ts';

/** Rules and settings in memory, with the promises of the real store. */
export function memoryPolicyStore(): PolicyStore {
  const rules = new Map<string, PolicyRule>();
  const settings = new Map<TenantId, PolicySettings>();
  const own = (tenant: TenantId, id: string): PolicyRule | undefined => {
    const rule = rules.get(id);
    return rule?.tenant === tenant ? rule : undefined;
  };
  return {
    rules: (tenant, page) => {
      const all = [...rules.values()].filter((rule) => rule.tenant === tenant);
      const sorted = all.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const after = sorted.filter(({ id }) => page?.after === undefined || id > page.after);
      return Promise.resolve(after.slice(0, page?.rowsMax ?? after.length));
    },
    rule: (tenant, id) => Promise.resolve(own(tenant, id)),
    insertRules: async (_tenant, added) => {
      for (const rule of added) rules.set(rule.id, rule);
    },
    updateRule: async (tenant, id, { input, updatedAtMs, ifVersion }) => {
      const before = own(tenant, id);
      if (before === undefined) return undefined;
      checkVersion(before.version, ifVersion);
      const { createdAtMs } = before;
      const kept = { id, tenant, createdAtMs, updatedAtMs, version: before.version + 1 };
      const after = { ...input, ...kept };
      rules.set(id, after);
      return after;
    },
    deleteRule: async (tenant, id, ifVersion) => {
      const before = own(tenant, id);
      if (before === undefined) return false;
      checkVersion(before.version, ifVersion);
      return rules.delete(id);
    },
    settings: (tenant) => Promise.resolve(settings.get(tenant) ?? firstSettings),
    putSettings: async (tenant, { mode, bounds, updatedAtMs, ifVersion }) => {
      const before = settings.get(tenant) ?? firstSettings;
      checkVersion(before.version, ifVersion);
      const after = {
        mode: mode ?? before.mode,
        bounds: bounds ?? before.bounds,
        updatedAtMs,
        version: before.version + 1,
      };
      settings.set(tenant, after);
      return after;
    },
  };
}
