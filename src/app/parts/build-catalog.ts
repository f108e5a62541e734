import { BundleCatalog } from '../../catalog/bundle-catalog.ts';
import { CatalogRegistry } from '../../catalog/catalog-registry.ts';
import type { SecretPlace } from '../../catalog/sealed-secrets.ts';
import { Catalog } from '../../catalog/catalog.ts';
import type { DefinitionPins } from '../../catalog/pins/definition-pins.ts';
import { standardConnectors } from '../../connectors/standard.ts';
import type { TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import type { VaultRow } from '../../identity/store.ts';
import { secretRow, type Vault } from '../../identity/vault/vault.ts';
import type { HttpEgress } from '../../egress/http-egress.ts';
import type { JobRunner } from '../../jobs/job-runner.ts';
import type { Bus } from '../../kernel/bus.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import type { PlanBook } from '../../billing/plan-book.ts';
import { CallerViews } from '../../policy/caller-views.ts';
import type { Offer } from '../../policy/offer.ts';
import { PolicyBook } from '../../policy/rules/policy-book.ts';
import { listKinds } from '../../upstream/upstream.ts';
import type { OwnService } from '../../gateway/own-service.ts';
import { SEARCH_SLUG } from '../../gateway/finder/tool-finder.ts';
import type { RoutingTables } from '../../gateway/routing-tables.ts';
import type { Storage } from '../../storage/storage.ts';
import { hostEnvironment } from '../config/config.ts';
import { buildCredentials, type BuiltCredentials } from './build-vault.ts';
import { openService } from './open-service.ts';

/** What the catalog stands on. */
export interface CatalogBase {
  readonly storage: Storage;
  readonly operatorTenant: TenantId;
  readonly egress: HttpEgress;
  readonly vault: Vault;
  /** See `CredentialsBase`. */
  publicUrl(): string;
  readonly bus: Bus;
  readonly ids: IdSource;
  readonly jobs: JobRunner;
  readonly log: Log;
  readonly pins: DefinitionPins;
  /** The gateway itself as a service. */
  readonly own: OwnService | undefined;
  readonly planBook: Pick<PlanBook, 'of'>;
}

/** The services, the bundles made of them, and what callers see of both. */
export interface BuiltCatalog extends RoutingTables {
  readonly catalog: Catalog;
  readonly bundles: BundleCatalog;
  readonly registry: CatalogRegistry;
  readonly policies: PolicyBook;
  /** What the plan of a tenant offers; undefined when it changes nothing. */
  offerOf(tenant: TenantId): Offer | undefined;
  /** What who looks after services sees of them; see `CallerViews`. */
  managedViewOf(principal: Principal): TenantSnapshot;
  readonly credentials: BuiltCredentials;
}

/** Builds the services, the bundles made of them and their registry. */
export function buildCatalog(base: CatalogBase): BuiltCatalog {
  const { storage, egress, vault, bus, ids, jobs, log, pins, own } = base;
  const credentials = buildCredentials({ ...base, catalog: () => catalog });
  const connectors = standardConnectors(hostEnvironment());
  const { secrets, services, aliases } = storage;
  const opening = { connectors, vault, credentials, egress, jobs, log };
  const catalog: Catalog = new Catalog({
    services,
    aliases,
    bus,
    log,
    pins,
    open: (service, signal, changed, kept) => openService(opening, service, signal, changed, kept),
    reader: (service) => credentials.reader(service),
  });
  const bundles = new BundleCatalog({
    store: storage.bundles,
    bus,
    ids,
    snapshotOf: (tenant) => catalog.snapshot(tenant),
  });
  const policies = new PolicyBook({ store: storage.policy, bus, now: Date.now });
  const views = new CallerViews({
    book: policies,
    snapshotOf: (tenant) => catalog.snapshot(tenant),
    offerOf: (tenant) => base.planBook.of(tenant)?.offer,
    // Nobody pays for administering.
    alwaysIncluded: own === undefined ? [] : [{ services: [own.slug] }],
  });
  const registeredOf = (principal: Principal): TenantSnapshot => views.viewOf(principal);
  const viewOf =
    own === undefined
      ? registeredOf
      : (principal: Principal) => own.addTo(registeredOf(principal), principal);
  announceViews(bus, catalog);
  const registry = new CatalogRegistry({
    catalog,
    services,
    secrets,
    connectors,
    seal: {
      seal: (place, text) => vault.seal(rowOf(place), text),
      open: (place, sealed) => vault.unseal(rowOf(place), sealed),
    },
    ids,
    operatorTenant: base.operatorTenant,
    ownSlugs: own === undefined ? [SEARCH_SLUG] : [own.slug, SEARCH_SLUG],
    viewOf: (principal) => views.managedViewOf(principal),
  });
  return {
    catalog,
    bundles,
    registry,
    policies,
    credentials,
    viewOf,
    managedViewOf: (principal) => views.managedViewOf(principal),
    restrictionOf: (principal) => views.restrictionOf(principal),
    offerOf: (tenant) => views.offerOf(tenant),
    bundleViewOf: (principal, slug) =>
      bundles.snapshot(principal.tenant, slug, registeredOf(principal)),
  };
}

/** Whose rules change may see other things: every list may be another one. */
function announceViews(bus: Bus, catalog: Catalog): void {
  bus.on('policy.changed', ({ tenant }) => {
    for (const { service } of catalog.snapshot(tenant as TenantId).services) {
      bus.emit('catalog.changed', { tenant, serviceId: service.id, lists: listKinds });
    }
  });
}

function rowOf({ tenant, serviceId, name }: SecretPlace): VaultRow {
  return secretRow(tenant, serviceId, name);
}
