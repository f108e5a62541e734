import { BundleCatalog } from '../catalog/bundle-catalog.ts';
import { CatalogRegistry } from '../catalog/catalog-registry.ts';
import { Catalog } from '../catalog/catalog.ts';
import { standardConnectors } from '../connectors/standard.ts';
import type { HttpEgress } from '../egress/http-egress.ts';
import type { Bus } from '../kernel/bus.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { Seal, type SealKey } from '../kernel/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { hostEnvironment } from './config.ts';
import { openService } from './open-service.ts';

/** What the catalog stands on. */
export interface CatalogBase {
  readonly storage: Storage;
  readonly egress: HttpEgress;
  readonly sealRing: readonly SealKey[];
  readonly bus: Bus;
  readonly ids: IdSource;
  readonly log: Log;
}

/** What the gateway has to offer. */
export interface Offers {
  readonly catalog: Catalog;
  readonly bundles: BundleCatalog;
  readonly registry: CatalogRegistry;
}

/** Builds the services, the bundles made of them and their registry. */
export function buildCatalog({ storage, egress, sealRing, bus, ids, log }: CatalogBase): Offers {
  const seal = new Seal(sealRing, 'secret');
  const connectors = standardConnectors(hostEnvironment());
  const { secrets, services, aliases } = storage;
  const opening = { connectors, secrets, seal, egress, log };
  const catalog = new Catalog({
    services,
    aliases,
    bus,
    log,
    open: (service, signal, changed, kept) => openService(opening, service, signal, changed, kept),
  });
  const bundles = new BundleCatalog({
    store: storage.bundles,
    bus,
    ids,
    snapshotOf: (tenant) => catalog.snapshot(tenant),
  });
  const registry = new CatalogRegistry({ catalog, services, secrets, connectors, seal, ids });
  return { catalog, bundles, registry };
}
