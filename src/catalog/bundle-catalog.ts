import type { Bus } from '../kernel/bus.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import type { TenantId } from '../kernel/principal.ts';
import { listKinds, type ListKind } from '../upstream/upstream.ts';
import { buildBundleSnapshot, bundleLists, nameInBundle } from './bundle-snapshot.ts';
import type { Bundle, BundleItem, BundleStore } from './store.ts';
import type { TenantSnapshot } from './tenant-snapshot.ts';

/** What the bundles of all tenants are made from. */
export interface BundleCatalogContext {
  readonly store: BundleStore;
  readonly bus: Bus;
  readonly ids: IdSource;
  snapshotOf(tenant: TenantId): TenantSnapshot;
}

/** What a bundle is made from. */
export type BundleInput = Pick<Bundle, 'slug' | 'title' | 'description' | 'items'>;

/** What may change of a bundle. */
export type BundleChange = Partial<Omit<BundleInput, 'slug'>>;

/** The bundles of every tenant, and the routing tables they make. */
export class BundleCatalog {
  readonly #context: BundleCatalogContext;
  readonly #tenants = new Map<TenantId, Map<string, Bundle>>();
  /** Tables live as long as the snapshot they were made from. */
  readonly #snapshots = new WeakMap<TenantSnapshot, WeakMap<Bundle, TenantSnapshot>>();

  constructor(context: BundleCatalogContext) {
    this.#context = context;
    // A bundle changes with the services it takes from.
    context.bus.on('catalog.changed', ({ tenant, serviceId, lists }) => {
      const slug = this.#slugOf(tenant as TenantId, serviceId);
      for (const bundle of this.list(tenant as TenantId)) {
        const isTouched = bundle.items.some(
          ({ service, kind }) => service === slug && lists.includes(listKind(kind)),
        );
        if (isTouched) this.#announce(bundle);
      }
    });
  }

  /** Reads a tenant's bundles. */
  async load(tenant: TenantId): Promise<void> {
    const bundles = await this.#context.store.list(tenant);
    this.#tenants.set(tenant, new Map(bundles.map((bundle) => [bundle.slug, bundle])));
  }

  /** In slug order. */
  list(tenant: TenantId): readonly Bundle[] {
    const bundles = [...(this.#tenants.get(tenant)?.values() ?? [])];
    return bundles.toSorted((a, b) => (a.slug < b.slug ? -1 : 1));
  }

  /** By slug or id. Throws GatewayError `not_found`. */
  get(tenant: TenantId, slugOrId: string): Bundle {
    const bundles = this.#tenants.get(tenant);
    const bundle = bundles?.get(slugOrId) ?? this.list(tenant).find(({ id }) => id === slugOrId);
    if (bundle === undefined) throw new GatewayError('not_found', 'There is no such bundle.');
    return bundle;
  }

  /** What a bundle's requests are routed by. Throws GatewayError `not_found`. */
  snapshot(tenant: TenantId, slug: string): TenantSnapshot {
    const bundle = this.get(tenant, slug);
    const base = this.#context.snapshotOf(tenant);
    let made = this.#snapshots.get(base);
    if (made === undefined) {
      made = new WeakMap();
      this.#snapshots.set(base, made);
    }
    let snapshot = made.get(bundle);
    if (snapshot === undefined) {
      snapshot = buildBundleSnapshot(base, bundle);
      made.set(bundle, snapshot);
    }
    return snapshot;
  }

  /** Throws GatewayError `conflict`, `not_found` (a service), `invalid_params`, `too_many`. */
  async create(tenant: TenantId, input: BundleInput): Promise<Bundle> {
    if (this.list(tenant).length >= limits.bundlesPerTenantMax) {
      throw new GatewayError('too_many', 'This tenant has as many bundles as are allowed.');
    }
    this.#check(tenant, input.items);
    const nowMs = Date.now();
    const id = this.#context.ids.next('bnd');
    const bundle = { ...input, id, tenant, createdAtMs: nowMs, updatedAtMs: nowMs };
    await this.#context.store.insert(tenant, bundle);
    this.#put(bundle);
    return bundle;
  }

  /** Throws as `get` and `create` do. */
  async update(tenant: TenantId, slugOrId: string, change: BundleChange): Promise<Bundle> {
    const before = this.get(tenant, slugOrId);
    if (change.items !== undefined) this.#check(tenant, change.items);
    const bundle = { ...before, ...change, updatedAtMs: Date.now() };
    if (!(await this.#context.store.update(tenant, bundle))) {
      throw new GatewayError('not_found', 'There is no such bundle.');
    }
    this.#put(bundle);
    return bundle;
  }

  /** Throws as `get` does. */
  async remove(tenant: TenantId, slugOrId: string): Promise<void> {
    const bundle = this.get(tenant, slugOrId);
    await this.#context.store.delete(tenant, bundle.id);
    this.#tenants.get(tenant)?.delete(bundle.slug);
    this.#announce(bundle);
  }

  #put(bundle: Bundle): void {
    const bundles = this.#tenants.get(bundle.tenant) ?? new Map<string, Bundle>();
    this.#tenants.set(bundle.tenant, bundles.set(bundle.slug, bundle));
    this.#announce(bundle);
  }

  #announce({ tenant, id }: Bundle): void {
    this.#context.bus.emit('catalog.changed', { tenant, serviceId: id, lists: listKinds });
  }

  #slugOf(tenant: TenantId, serviceId: string): string | undefined {
    const { services } = this.#context.snapshotOf(tenant);
    return services.find(({ service }) => service.id === serviceId)?.service.slug;
  }

  #check(tenant: TenantId, items: readonly BundleItem[]): void {
    const { bySlug } = this.#context.snapshotOf(tenant);
    const taken = new Set<string>();
    for (const item of items) {
      if (!bySlug.has(item.service)) {
        throw new GatewayError('not_found', `There is no service named ${item.service}.`);
      }
      const name = nameInBundle(item);
      if (item.kind === 'tool' && !/^[A-Za-z0-9_.-]+$/.test(name)) {
        throw invalid(`The tool ${name} needs a name of letters, digits and _ . - here: set as.`);
      }
      if (item.kind === 'tool' && name.length > limits.toolNameLengthMax) {
        throw invalid(`The tool ${name} needs a shorter name here: set as.`);
      }
      const key = `${item.kind} ${name}`;
      if (taken.has(key)) throw invalid(`The ${key} is named twice; set as for one of them.`);
      taken.add(key);
    }
  }
}

function listKind(kind: BundleItem['kind']): ListKind {
  const { list } = bundleLists[kind];
  return list === 'templates' ? 'resources' : list;
}

function invalid(text: string): GatewayError {
  return new GatewayError('invalid_params', text);
}
