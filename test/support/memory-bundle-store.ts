import type { Bundle, BundleStore } from '../../src/catalog/store.ts';
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
    update: (tenant, bundle) => {
      const index = indexOf(tenant, bundle.id);
      if (index !== -1) rows[index] = bundle;
      return Promise.resolve(index !== -1);
    },
    delete: (tenant, id) => {
      const index = indexOf(tenant, id);
      if (index !== -1) rows.splice(index, 1);
      return Promise.resolve(index !== -1);
    },
  };
}
