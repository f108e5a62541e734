import { isDeepStrictEqual } from 'node:util';
import type { Bus } from '../kernel/bus.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import type { TenantId } from '../kernel/principal.ts';
import { listKinds, type ListKind } from '../upstream/upstream.ts';
import { buildBundleSnapshot, bundleLists, nameInBundle, seenBundle } from './bundle-snapshot.ts';
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
  /** Grows with every change made here, so that what was read before it is known to be old. */
  #changes = 0;
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
        if (isTouched) this.#announce(bundle, { from: serviceId });
      }
    });
  }

  /** Reads a tenant's bundles, at the start and when another instance changed some. */
  async load(tenant: TenantId): Promise<void> {
    let bundles: readonly Bundle[];
    let before: number;
    do {
      before = this.#changes;
      bundles = await this.#context.store.list(tenant);
      // A change made here meanwhile may be younger than what was read.
    } while (before !== this.#changes);
    const known = this.#tenants.get(tenant) ?? new Map<string, Bundle>();
    const read = new Map<string, Bundle>();
    const changed: Bundle[] = [];
    for (const bundle of bundles) {
      const old = known.get(bundle.slug);
      // One that is the same stays the same object: its tables are kept by it.
      const isSame = old !== undefined && isDeepStrictEqual(old, bundle);
      read.set(bundle.slug, isSame ? old : bundle);
      if (!isSame) changed.push(bundle);
    }
    const gone = [...known.values()].filter(({ slug }) => !read.has(slug));
    this.#tenants.set(tenant, read);
    for (const bundle of [...changed, ...gone]) this.#announce(bundle);
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
    if (bundle === undefined) throw unknownBundle();
    return bundle;
  }

  /** As `get`, as far as the view shows it; what it shows nothing of is unknown. */
  seen(tenant: TenantId, slugOrId: string, view: TenantSnapshot): Bundle {
    const bundle = seenBundle(this.get(tenant, slugOrId), view);
    if (bundle === undefined) throw unknownBundle();
    return bundle;
  }

  /**
   * What a bundle's requests are routed by, cut from the tenant's snapshot or a view of it. Throws
   * GatewayError `not_found`, also when the view shows nothing of the bundle.
   */
  snapshot(tenant: TenantId, slug: string, base: TenantSnapshot): TenantSnapshot {
    const bundle = this.get(tenant, slug);
    let made = this.#snapshots.get(base);
    if (made === undefined) {
      made = new WeakMap();
      this.#snapshots.set(base, made);
    }
    let snapshot = made.get(bundle);
    if (snapshot === undefined) {
      snapshot = buildBundleSnapshot(base, bundle);
      if (snapshot === undefined) throw unknownBundle();
      made.set(bundle, snapshot);
    }
    return snapshot;
  }

  /** Throws GatewayError `conflict`, `not_found` (a service), `invalid_params`. */
  async create(tenant: TenantId, input: BundleInput): Promise<Bundle> {
    if (this.list(tenant).length >= limits.bundlesPerTenantMax) {
      const text =
        `This tenant has ${limits.bundlesPerTenantMax} bundles, as many as a tenant may have ` +
        '(limit bundlesPerTenantMax); remove one first.';
      throw new GatewayError('conflict', text, { data: { limit: 'bundlesPerTenantMax' } });
    }
    this.#check(tenant, input.items);
    const nowMs = Date.now();
    const id = this.#context.ids.next('bnd');
    const bundle = { ...input, id, tenant, createdAtMs: nowMs, updatedAtMs: nowMs, version: 1 };
    await this.#context.store.insert(tenant, bundle);
    this.#put(bundle);
    return bundle;
  }

  /** Throws as `get` and `create` do, and `conflict` when the version is not `ifVersion`. */
  async update(
    tenant: TenantId,
    slugOrId: string,
    change: BundleChange,
    ifVersion?: number,
  ): Promise<Bundle> {
    const { id } = this.get(tenant, slugOrId);
    if (change.items !== undefined) this.#check(tenant, change.items);
    const update = { ...change, updatedAtMs: Date.now(), ifVersion };
    const bundle = await this.#context.store.update(tenant, id, update);
    if (bundle === undefined) throw unknownBundle();
    // Of two changes at once the one that was stored last stays.
    const known = this.#tenants.get(tenant)?.get(bundle.slug);
    if (known === undefined || known.version < bundle.version) this.#put(bundle);
    return bundle;
  }

  /** Throws as `get` does, and `conflict` when the version is not `ifVersion`. */
  async remove(tenant: TenantId, slugOrId: string, ifVersion?: number): Promise<void> {
    const bundle = this.get(tenant, slugOrId);
    await this.#context.store.delete(tenant, bundle.id, ifVersion);
    this.#changes++;
    this.#tenants.get(tenant)?.delete(bundle.slug);
    this.#announce(bundle);
  }

  #put(bundle: Bundle): void {
    const bundles = this.#tenants.get(bundle.tenant) ?? new Map<string, Bundle>();
    this.#changes++;
    this.#tenants.set(bundle.tenant, bundles.set(bundle.slug, bundle));
    this.#announce(bundle);
  }

  #announce({ tenant, id }: Bundle, cause: { readonly from?: string } = {}): void {
    const event = { tenant, serviceId: id, lists: listKinds, ...cause };
    this.#context.bus.emit('catalog.changed', event);
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

function unknownBundle(): GatewayError {
  return new GatewayError('not_found', 'There is no such bundle.');
}

function invalid(text: string): GatewayError {
  return new GatewayError('invalid_params', text);
}
