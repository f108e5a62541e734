import type {
  Bundle,
  BundleItem,
  DefinitionPolicy,
  Service,
  ServiceTrust,
} from '../../../catalog/store.ts';
import type { JsonObject } from '../../../kernel/json.ts';

/** A service as its columns hold it, under the names of its members. */
export type ServiceRow = Omit<Service, 'enabled' | 'config' | 'definitions' | 'trust'> & {
  enabled: number;
  config: string;
  definitions: DefinitionPolicy;
  trust: ServiceTrust;
};

/** A bundle as its columns hold it, under the names of its members. */
export type BundleRow = Omit<Bundle, 'items'> & { items: string };

/** Reads a service from its columns. */
export function toService({ definitions, trust, ...row }: ServiceRow): Service {
  const own = {
    ...(definitions === 'announce' ? {} : { definitions }),
    ...(trust === 'untrusted' ? {} : { trust }),
  };
  const config = JSON.parse(row.config) as JsonObject;
  return { ...row, enabled: row.enabled === 1, config, ...own };
}

/** Reads a bundle from its columns. */
export function toBundle(row: BundleRow): Bundle {
  return { ...row, items: JSON.parse(row.items) as readonly BundleItem[] };
}
