import { BundleCatalog } from '../catalog/bundle-catalog.ts';
import { CatalogRegistry } from '../catalog/catalog-registry.ts';
import { Catalog } from '../catalog/catalog.ts';
import { standardConnectors } from '../connectors/standard.ts';
import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { HttpEgress } from '../egress/http-egress.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import type { Bus } from '../kernel/bus.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { Principal } from '../kernel/principal.ts';
import { Seal, type SealKey } from '../kernel/seal.ts';
import { Views } from '../policy/views.ts';
import type { RoutingTables } from '../gateway/routing-tables.ts';
import type { Storage } from '../storage/storage.ts';
import { hostEnvironment } from './config/config.ts';
import { openService } from './open-service.ts';

/** What the catalog stands on. */
export interface CatalogBase {
  readonly storage: Storage;
  readonly egress: HttpEgress;
  readonly sealRing: readonly SealKey[];
  readonly bus: Bus;
  readonly ids: IdSource;
  readonly jobs: JobRunner;
  readonly log: Log;
}

/** The services, the bundles made of them, and what callers see of both. */
export interface BuiltCatalog extends RoutingTables {
  readonly catalog: Catalog;
  readonly bundles: BundleCatalog;
  readonly registry: CatalogRegistry;
}

/** Builds the services, the bundles made of them and their registry. */
export function buildCatalog(base: CatalogBase): BuiltCatalog {
  const { storage, egress, sealRing, bus, ids, jobs, log } = base;
  const seal = new Seal(sealRing, 'secret');
  const connectors = standardConnectors(hostEnvironment());
  const { secrets, services, aliases } = storage;
  const opening = { connectors, secrets, seal, egress, jobs, log };
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
  const views = new Views();
  const viewOf = ({ tenant, permissions }: Principal): TenantSnapshot =>
    views.of(catalog.snapshot(tenant), permissions);
  const registry = new CatalogRegistry({
    catalog,
    services,
    secrets,
    connectors,
    seal,
    ids,
    viewOf,
  });
  return {
    catalog,
    bundles,
    registry,
    viewOf,
    bundleViewOf: (principal, slug) => bundles.snapshot(principal.tenant, slug, viewOf(principal)),
  };
}
