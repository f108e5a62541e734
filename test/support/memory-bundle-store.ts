import type { Bundle, BundleStore } from '../../src/catalog/store.ts';
import { checkVersion } from '../../src/kernel/check-version.ts';
import { GatewayError } from '../../src/kernel/errors.ts';

/** Bundles in memory. */
export function memoryBundleStore(): BundleStore {
  const rows: Bundle[] = [];
  const indexOf = (tenant: string, id: string): number =>
    rows.findIndex((row) => row.tenant === tenant && row.id === id);
  return {
    list: (tenant) => Promise.resolve(rows.filter((row) => row.tenant === tenant)),
    insert: (tenant, bundle) => {
      if (rows.some((row) => row.tenant === tenant && row.slug === bundle.slug)) {
        return Promise.reject(new GatewayError('conflict'));
      }
      rows.push(bundle);
      return Promise.resolve();
    },
    update: async (tenant, id, { ifVersion, ...update }) => {
      const index = indexOf(tenant, id);
      const before = rows[index];
      if (before === undefined) return undefined;
      checkVersion(before.version, ifVersion);
      const given = Object.entries(update).filter(([, value]) => value !== undefined);
      const changed = { ...before, ...Object.fromEntries(given), version: before.version + 1 };
      rows[index] = changed;
      return changed;
    },
    delete: async (tenant, id, ifVersion) => {
      const index = indexOf(tenant, id);
      checkVersion(rows[index]?.version ?? 0, rows[index] && ifVersion);
      if (index !== -1) rows.splice(index, 1);
      return index !== -1;
    },
  };
}
