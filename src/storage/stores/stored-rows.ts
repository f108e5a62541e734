import type { Bundle, BundleItem, Service } from '../../catalog/store.ts';
import type { JsonObject } from '../../kernel/json.ts';

/** A service as its columns hold it, under the names of its members. */
export type ServiceRow = Omit<Service, 'enabled' | 'config'> & { enabled: number; config: string };

/** A bundle as its columns hold it, under the names of its members. */
export type BundleRow = Omit<Bundle, 'items'> & { items: string };

/** Reads a service from its columns. */
export function toService(row: ServiceRow): Service {
  return { ...row, enabled: row.enabled === 1, config: JSON.parse(row.config) as JsonObject };
}

/** Reads a bundle from its columns. */
export function toBundle(row: BundleRow): Bundle {
  return { ...row, items: JSON.parse(row.items) as readonly BundleItem[] };
}
