import { isDeepStrictEqual } from 'node:util';
import type { Bus } from '../kernel/bus.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { ListKind, Upstream, UpstreamCaller, UpstreamChange } from '../upstream/contract.ts';
import { listKinds } from '../upstream/upstream.ts';
import type { DefinitionPins } from './pins/definition-pins.ts';
import { ServiceRuntime } from './service-runtime.ts';
import type { Alias, AliasStore, Service, ServiceStore } from './store.ts';
import { buildTenantSnapshot, type TenantSnapshot } from './tenant-snapshot.ts';

/** What the catalog is made from. */
export interface CatalogContext {
  readonly services: ServiceStore;
  readonly aliases: AliasStore;
  readonly bus: Bus;
  readonly log: Log;
  /** What tools are held to; without it every definition is taken as it comes. */
  readonly pins?: Pick<DefinitionPins, 'review' | 'stamps'>;
  /** Opens the upstream of a service through its connector. */
  open(
    service: Service,
    signal: AbortSignal,
    changed: (change: UpstreamChange) => void,
    /** Secrets that are not kept; the kept ones when absent. */
    secrets?: Readonly<Record<string, string>>,
  ): Promise<Upstream>;
  /** See `ServiceRuntimeContext.reader`. */
  readonly reader?: (service: Service) => Promise<UpstreamCaller | undefined>;
}

interface TenantState {
  readonly lives: Map<string, ServiceRuntime>;
  /** Services that were changed somewhere else and are being opened as they are now. */
  readonly opening: Map<string, ServiceRuntime>;
  /** Grows with every change made here, so that what was read before it is known to be old. */
  changes: number;
  aliases: readonly Alias[];
  snapshot: TenantSnapshot;
  stale: boolean;
}

const noServices: TenantSnapshot = buildTenantSnapshot([], [], 0).snapshot;

/** The live services of every tenant, and the tables that requests are routed by. */
export class Catalog implements AsyncDisposable {
  readonly #context: CatalogContext;
  readonly #tenants = new Map<TenantId, TenantState>();

  constructor(context: CatalogContext) {
    this.#context = context;
  }

  /** Loads a tenant's services and starts them in the background; resolves once loaded. */
  async load(tenant: TenantId): Promise<readonly Promise<void>[]> {
    const [services, aliases] = await Promise.all([
      this.#context.services.list(tenant),
      this.#context.aliases.list(tenant),
    ]);
    const state = this.#stateOf(tenant);
    state.aliases = aliases;
    const started: Promise<void>[] = [];
    for (const service of services) {
      const live = this.prepare(service);
      state.lives.set(service.id, live);
      if (service.enabled) started.push(live.keepStarted());
    }
    state.stale = true;
    return started;
  }

  /**
   * Takes over what another instance changed: opens what is new, replaces what is other, closes
   * what is gone. Resolves once that is under way; a service that fails is tried on by itself.
   */
  async reload(tenant: TenantId): Promise<void> {
    const state = this.#stateOf(tenant);
    let services: readonly Service[];
    let before: number;
    do {
      before = state.changes;
      let aliases: readonly Alias[];
      [services, aliases] = await Promise.all([
        this.#context.services.list(tenant),
        this.#context.aliases.list(tenant),
      ]);
      // A change made here meanwhile may be younger than what was read.
      if (before === state.changes) state.aliases = aliases;
    } while (before !== state.changes);
    state.stale = true;
    const kept = new Set(services.map(({ id }) => id));
    const gone = [...state.lives.values()].filter(({ service }) => !kept.has(service.id));
    for (const live of gone) this.#inBackground(live, this.remove(live));
    for (const service of services) this.#takeOver(state, service);
    await this.#followPins(tenant, state);
  }

  /** The routing tables of a tenant, current to the last change. */
  snapshot(tenant: TenantId): TenantSnapshot {
    const state = this.#tenants.get(tenant);
    if (state === undefined) return noServices;
    if (state.stale) this.#rebuild(tenant, state);
    return state.snapshot;
  }

  /** A live service that is not in the catalog yet; `secrets` stand in for kept ones. */
  prepare(service: Service, secrets?: Readonly<Record<string, string>>): ServiceRuntime {
    const { log, reader, pins } = this.#context;
    return new ServiceRuntime(service, {
      log,
      ...(pins === undefined ? {} : { review: (one, tools) => pins.review(one, tools) }),
      ...(reader === undefined ? {} : { reader }),
      open: (one, signal, changed) => this.#context.open(one, signal, changed, secrets),
      listsChanged: (live, lists) => this.#onLists(live, lists),
      resourceUpdated: (live, uri) => this.#onResource(live, uri),
    });
  }

  /** A user of the tenant has connected an account, at a service or at any. */
  connectionMade(tenant: TenantId, serviceId?: string): void {
    for (const live of this.lives(tenant)) {
      const isMeant = serviceId === undefined || live.service.id === serviceId;
      if (isMeant) this.#inBackground(live, live.connectionMade());
    }
  }

  /** All live services of a tenant, disabled and failed ones too. */
  lives(tenant: TenantId): readonly ServiceRuntime[] {
    return [...(this.#tenants.get(tenant)?.lives.values() ?? [])];
  }

  /** The live services of all tenants, for health. */
  allLives(): readonly ServiceRuntime[] {
    return [...this.#tenants.values()].flatMap(({ lives }) => [...lives.values()]);
  }

  /** The service of this id, if the tenant has it. */
  service(tenant: TenantId, id: string): Service | undefined {
    return this.#tenants.get(tenant)?.lives.get(id)?.service;
  }

  /** Finds a service by id or slug. Throws GatewayError `not_found`. */
  find(tenant: TenantId, idOrSlug: string): ServiceRuntime {
    const lives = this.#tenants.get(tenant)?.lives;
    const live =
      lives?.get(idOrSlug) ??
      [...(lives?.values() ?? [])].find((one) => one.service.slug === idOrSlug);
    if (live === undefined) throw new GatewayError('not_found', 'There is no such service.');
    return live;
  }

  /** Puts a service in, replacing the one of the same id, which is closed. */
  async put(live: ServiceRuntime): Promise<void> {
    const { tenant, id } = live.service;
    const state = this.#stateOf(tenant);
    const before = state.lives.get(id);
    state.changes++;
    state.lives.set(id, live);
    this.#announce(live);
    if (before !== live) await before?.[Symbol.asyncDispose]();
  }

  /** Takes a service out and closes it. */
  async remove(live: ServiceRuntime): Promise<void> {
    const { tenant, id } = live.service;
    const state = this.#tenants.get(tenant);
    if (state?.lives.delete(id) === true) {
      state.changes++;
      // Its names are free again; the store let go of them with the service.
      state.aliases = state.aliases.filter(({ serviceId }) => serviceId !== id);
      this.#announce(live);
    }
    await live[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opening = [...this.#tenants.values()].flatMap((state) => [...state.opening.values()]);
    const all = [...this.allLives(), ...opening];
    this.#tenants.clear();
    await Promise.allSettled(all.map((live) => live[Symbol.asyncDispose]()));
  }

  #stateOf(tenant: TenantId): TenantState {
    let state = this.#tenants.get(tenant);
    if (state === undefined) {
      state = {
        lives: new Map(),
        opening: new Map(),
        changes: 0,
        aliases: [],
        snapshot: noServices,
        stale: false,
      };
      this.#tenants.set(tenant, state);
    }
    return state;
  }

  /** A definition that was approved, or noticed, elsewhere is looked at here too. */
  async #followPins(tenant: TenantId, { lives }: TenantState): Promise<void> {
    const stamps = await this.#context.pins?.stamps(tenant);
    if (stamps === undefined) return;
    for (const [id, stamp] of stamps) {
      const live = lives.get(id);
      if (live?.pinStamp === undefined || live.pinStamp === stamp) continue;
      this.#inBackground(live, live.readToolsAgain());
    }
  }

  #takeOver(state: TenantState, service: Service): void {
    const { id } = service;
    const current = state.opening.get(id) ?? state.lives.get(id);
    if (isDeepStrictEqual(current?.service, service)) return;
    const superseded = state.opening.get(id);
    state.opening.delete(id);
    if (superseded !== undefined) {
      this.#inBackground(superseded, superseded[Symbol.asyncDispose]());
    }
    const live = this.prepare(service);
    const old = state.lives.get(id);
    if (old?.service.enabled === true && service.enabled) {
      // The old one serves until the new one was tried.
      state.opening.set(id, live);
      this.#inBackground(live, this.#replace(state, old, live));
      return;
    }
    this.#inBackground(live, this.put(live));
    if (service.enabled) this.#inBackground(live, live.keepStarted());
  }

  async #replace(state: TenantState, old: ServiceRuntime, live: ServiceRuntime): Promise<void> {
    const { id } = live.service;
    await live.keepStarted();
    // Meanwhile it was changed once more, here or somewhere else.
    const isWanted = state.opening.get(id) === live && state.lives.get(id) === old;
    if (state.opening.get(id) === live) state.opening.delete(id);
    if (!isWanted) return await live[Symbol.asyncDispose]();
    live.succeed(old);
    await this.put(live);
  }

  /** What fails in one service is told and holds up no other. */
  #inBackground(live: ServiceRuntime, work: Promise<void>): void {
    work.catch((error: unknown) => {
      const text = error instanceof Error ? error.message : 'unknown failure';
      const { slug } = live.service;
      this.#context.log.warn({ slug, error: text }, 'a service could not follow its change');
    });
  }

  #announce(live: ServiceRuntime): void {
    const { tenant, id } = live.service;
    this.#stateOf(tenant).stale = true;
    this.#context.bus.emit('service.changed', { tenant, serviceId: id });
    this.#onLists(live, listKinds);
  }

  #onLists(live: ServiceRuntime, lists: readonly ListKind[]): void {
    const { tenant, id } = live.service;
    const state = this.#tenants.get(tenant);
    if (state === undefined) return;
    state.stale = true;
    this.#context.bus.emit('catalog.changed', { tenant, serviceId: id, lists });
  }

  #onResource(live: ServiceRuntime, uri: string): void {
    const { tenant, id } = live.service;
    this.#context.bus.emit('resource.updated', { tenant, serviceId: id, uri });
  }

  #rebuild(tenant: TenantId, state: TenantState): void {
    const enabled = [...state.lives.values()].filter((live) => live.service.enabled);
    const version = state.snapshot.version + 1;
    const { snapshot, newAliases } = buildTenantSnapshot(enabled, state.aliases, version);
    state.snapshot = snapshot;
    state.stale = false;
    if (newAliases.length === 0) return;
    state.aliases = [...state.aliases, ...newAliases];
    this.#context.aliases.insert(tenant, newAliases).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : 'unknown failure';
      this.#context.log.error({ error: text }, 'public names could not be stored');
    });
  }
}
