import { isDeepStrictEqual } from 'node:util';
import { checkVersion } from '../kernel/check-version.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Principal, TenantId } from '../kernel/principal.ts';
import type { Connector } from '../upstream/contract.ts';
import { StartFailure } from '../upstream/start-failure.ts';
import type { Catalog } from './catalog.ts';
import { SealedSecrets, type SecretSeal } from './sealed-secrets.ts';
import { ownPolicy, withoutPolicy } from './service-policy.ts';
import type { ServiceRuntime } from './service-runtime.ts';
import { ownName } from './service-runtime.ts';
import { describeService, outlineService } from './describe-service.ts';
import { previewOf } from './preview-of.ts';
import { slugFrom } from './public-names.ts';
import { chosenSlug, freeSlug, invalidField } from './choose-slug.ts';
import type {
  ServiceChange,
  ServiceInput,
  ServiceOutline,
  ServicePage,
  ServicePreview,
  ServiceRegistry,
  ServiceView,
} from './service-view.ts';
import type { SecretStore, Service, ServiceStore } from './store.ts';
import type { TenantSnapshot } from './tenant-snapshot.ts';
import { fullVisibility } from './visibility.ts';

/** What the registry is made from. */
export interface CatalogRegistryContext {
  readonly catalog: Catalog;
  readonly services: ServiceStore;
  readonly secrets: SecretStore;
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Seals secrets before they reach the store, each for its own row. */
  readonly seal: SecretSeal;
  readonly ids: IdSource;
  /** Whose services may be of this machine: programs, files. */
  readonly operatorTenant: TenantId;
  /** Names that nothing can be registered under. */
  readonly ownSlugs?: readonly string[];
  /** What a caller may see of its tenant's services. */
  viewOf(principal: Principal): TenantSnapshot;
}

/** Registers, changes and removes services; what fails leaves nothing behind. */
export class CatalogRegistry implements ServiceRegistry {
  readonly #context: CatalogRegistryContext;
  readonly #secrets: SealedSecrets;

  constructor(context: CatalogRegistryContext) {
    this.#context = context;
    this.#secrets = new SealedSecrets(context.secrets, context.seal);
  }

  async register(principal: Principal, input: ServiceInput): Promise<ServiceView> {
    const { catalog, services } = this.#context;
    const { tenant } = principal;
    if (catalog.lives(tenant).length >= limits.servicesPerTenantMax) {
      const text =
        `This tenant has ${limits.servicesPerTenantMax} services, as many as a tenant may have ` +
        '(limit servicesPerTenantMax); remove one first.';
      throw new GatewayError('conflict', text, { data: { limit: 'servicesPerTenantMax' } });
    }
    const config = this.#validate(principal, input.kind, input.config);
    const draft = this.#draft(principal, input, config);
    // Nothing is kept of a service that does not work, least of all its secrets.
    const live = await this.#started(draft, input.secrets);
    const { service } = live;
    try {
      await this.#secrets.keep(service, input.secrets);
      await services.insert(tenant, service);
      // Now there is a service whose definitions can be pinned.
      await live.readToolsAgain();
    } catch (error) {
      await this.#discard(live);
      throw error;
    }
    await catalog.put(live);
    return await this.#view(live, principal);
  }

  async preview(principal: Principal, input: ServiceInput): Promise<ServicePreview> {
    const config = this.#validate(principal, input.kind, input.config);
    const draft = this.#draft(principal, input, config);
    await using live = await this.#started(draft, input.secrets ?? {});
    return previewOf(live);
  }

  /**
   * Keeps a service of the operator's configuration, made anew or brought up to date; it is opened
   * when the catalog loads. Throws GatewayError `invalid_configuration`.
   */
  async declare(principal: Principal, input: ServiceInput & { slug: string }): Promise<void> {
    const { services, ids } = this.#context;
    const { tenant } = principal;
    const { slug, kind, title = slug } = input;
    const config = this.#validate(principal, kind, input.config);
    const known = (await services.list(tenant)).find((one) => one.slug === slug);
    const now = Date.now();
    const kept = known?.kind === kind ? known : undefined;
    const { definitions = kept?.definitions, trust = kept?.trust } = input;
    const service: Service = {
      ...(withoutPolicy(kept) ?? {
        id: ids.next('svc'),
        enabled: true,
        createdAtMs: now,
        version: 1,
      }),
      tenant,
      slug,
      kind,
      title,
      config,
      updatedAtMs: now,
      ...ownPolicy({ definitions, trust }),
    };
    // What is declared as it is would only make every other instance open it anew.
    if (kept !== undefined && (await this.#isAsDeclared(kept, service, input.secrets))) return;
    if (known !== undefined && kept === undefined) await services.delete(tenant, known.id);
    if (kept === undefined) return await this.#insertDeclared(principal, service, input);
    const secrets = await this.#secrets.seal(service, input.secrets ?? {});
    await services.update(tenant, kept.id, {
      title,
      config,
      secrets,
      definitions,
      trust,
      updatedAtMs: now,
    });
  }

  list(principal: Principal, page: ServicePage = {}): Promise<readonly ServiceOutline[]> {
    const { catalog, viewOf } = this.#context;
    const { after, limit } = page;
    const view = viewOf(principal);
    const seen = catalog
      .lives(principal.tenant)
      .filter((live) => after === undefined || live.service.id > after)
      .filter((live) => isSeen(view, live))
      .toSorted((one, other) => (one.service.id < other.service.id ? -1 : 1));
    return Promise.resolve(seen.slice(0, limit).map((live) => outlineService(live, view)));
  }

  async get(principal: Principal, idOrSlug: string): Promise<ServiceView> {
    return await this.#view(this.#find(principal, idOrSlug), principal);
  }

  async update(
    principal: Principal,
    idOrSlug: string,
    change: ServiceChange,
    ifVersion?: number,
  ): Promise<ServiceView> {
    const { catalog, services } = this.#context;
    const { tenant } = principal;
    const { id } = this.#find(principal, idOrSlug).service;
    // As it is stored: another instance may have changed it.
    const before = await services.get(tenant, id);
    if (before === undefined) throw noSuchService();
    checkVersion(before.version, ifVersion);
    const config =
      change.config === undefined
        ? before.config
        : this.#validate(principal, before.kind, change.config);
    const service: Service = {
      ...withoutPolicy(before),
      title: change.title ?? before.title,
      enabled: change.enabled ?? before.enabled,
      config,
      updatedAtMs: Date.now(),
      ...ownPolicy({
        definitions: change.definitions ?? before.definitions,
        trust: change.trust ?? before.trust,
      }),
    };
    const live = catalog.prepare(service, change.secrets);
    // An enabled service must work before it replaces the old one; re-enabling may be retried.
    if (service.enabled && before.enabled) await startOrDispose(live);
    const stored = await this.#storeChange(live, change, ifVersion);
    return await this.#replace(live, stored, before, principal);
  }

  async remove(principal: Principal, idOrSlug: string, ifVersion?: number): Promise<void> {
    const live = this.#find(principal, idOrSlug);
    await this.#context.services.delete(principal.tenant, live.service.id, ifVersion);
    await this.#context.catalog.remove(live);
  }

  async refresh(principal: Principal, idOrSlug: string): Promise<ServiceView> {
    const live = this.#find(principal, idOrSlug);
    if (!live.service.enabled) {
      throw new GatewayError('conflict', 'The service is disabled; enable it first.');
    }
    await live.refresh();
    return await this.#view(live, principal);
  }

  #find(principal: Principal, idOrSlug: string): ServiceRuntime {
    const live = this.#context.catalog.find(principal.tenant, idOrSlug);
    if (isSeen(this.#context.viewOf(principal), live)) return live;
    throw new GatewayError('not_found', 'There is no such service.');
  }

  /** Whoever names a program of this machine runs it: only the operator may. */
  #checkOperator({ tenant, permissions }: Principal, kind: string): void {
    if (!permissions.actions.has('services.operate')) {
      const text = `Registering a ${kind} service needs the permission services.operate.`;
      throw new GatewayError('forbidden', text);
    }
    if (tenant === this.#context.operatorTenant) return;
    throw new GatewayError(
      'forbidden',
      `A ${kind} service is the operator's tenant's to register.`,
    );
  }

  #validate(principal: Principal, kind: string, config: JsonObject): JsonObject {
    const connector = this.#context.connectors.get(kind);
    if (connector === undefined) {
      const kinds = [...this.#context.connectors.keys()].join(', ');
      throw invalidField('kind', `must be one of: ${kinds}`);
    }
    if (connector.operatorOnly) this.#checkOperator(principal, kind);
    const parsed = connector.config.safeParse(config);
    if (!parsed.success) {
      const errors = parsed.error.issues.map((issue) => ({
        field: ['config', ...issue.path].join('.'),
        problem: issue.message,
      }));
      const text = errors.map(({ field, problem }) => `${field}: ${problem}`).join('; ');
      throw new GatewayError('invalid_configuration', text, { data: { errors } as Json });
    }
    return config;
  }

  #taken(tenant: TenantId): ReadonlySet<string> {
    const { catalog, ownSlugs = [] } = this.#context;
    return new Set([...ownSlugs, ...catalog.lives(tenant).map(({ service }) => service.slug)]);
  }

  #slugFor(principal: Principal, input: ServiceInput): string {
    const taken = this.#taken(principal.tenant);
    if (input.slug !== undefined) return chosenSlug(input.slug, taken);
    if (input.title === undefined) return '';
    return freeSlug(slugFrom(input.title), taken);
  }

  #draft(principal: Principal, input: ServiceInput, config: JsonObject): Service {
    const now = Date.now();
    return {
      id: this.#context.ids.next('svc'),
      tenant: principal.tenant,
      slug: this.#slugFor(principal, input),
      kind: input.kind,
      title: input.title ?? '',
      enabled: true,
      config,
      createdAtMs: now,
      updatedAtMs: now,
      version: 1,
      ...ownPolicy(input),
    };
  }

  /** Opens the service; title and slug come from the upstream when the caller gave none. */
  async #started(
    draft: Service,
    secrets?: Readonly<Record<string, string>>,
  ): Promise<ServiceRuntime> {
    const probe = this.#context.catalog.prepare(draft, secrets);
    await startOrDispose(probe);
    if (draft.slug !== '' && draft.title !== '') return probe;
    const name = ownName(probe.discovery?.serverInfo ?? {}) ?? draft.kind;
    const taken = this.#taken(draft.tenant);
    const slug = draft.slug === '' ? freeSlug(slugFrom(name), taken) : draft.slug;
    return probe.renamed({ ...draft, slug, title: draft.title === '' ? name : draft.title });
  }

  /** Stores the change alone, so that what others changed meanwhile stays as they left it. */
  async #storeChange(
    live: ServiceRuntime,
    change: ServiceChange,
    ifVersion: number | undefined,
  ): Promise<Service> {
    const { tenant, id, updatedAtMs } = live.service;
    const { secrets, ...changed } = change;
    const update = {
      ...changed,
      ...(secrets === undefined
        ? {}
        : { secrets: await this.#secrets.seal(live.service, secrets) }),
      updatedAtMs,
      ifVersion,
    };
    try {
      const stored = await this.#context.services.update(tenant, id, update);
      if (stored === undefined) throw noSuchService();
      return stored;
    } catch (error) {
      await live[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Puts a changed service in the place of the old one, unless a later change is there already. */
  async #replace(
    prepared: ServiceRuntime,
    stored: Service,
    before: Service,
    principal: Principal,
  ): Promise<ServiceView> {
    const { catalog } = this.#context;
    const current = catalog.lives(stored.tenant).find(({ service }) => service.id === stored.id);
    if (current === undefined || current.service.version > stored.version) {
      await prepared[Symbol.asyncDispose]();
      if (current === undefined) throw noSuchService();
      return await this.#view(current, principal);
    }
    const isAsPrepared = stored.version === before.version + 1;
    if (!isAsPrepared) await prepared[Symbol.asyncDispose]();
    const live = isAsPrepared ? prepared.renamed(stored) : catalog.prepare(stored);
    const isStarted = isAsPrepared && before.enabled;
    live.succeed(current);
    await catalog.put(live);
    if (stored.enabled && !isStarted) await live.keepStarted();
    return await this.#view(live, principal);
  }

  async #insertDeclared(
    principal: Principal,
    service: Service,
    input: ServiceInput & { slug: string },
  ): Promise<void> {
    const { services } = this.#context;
    const { tenant, id } = service;
    try {
      await this.#secrets.keep(service, input.secrets);
      await services.insert(tenant, service);
    } catch (error) {
      await services.delete(tenant, id);
      const known = await services.list(tenant);
      if (!known.some(({ slug }) => slug === service.slug)) throw error;
      // Another instance that has the same configuration was faster.
      await this.declare(principal, input);
    }
  }

  async #isAsDeclared(
    kept: Service,
    declared: Service,
    secrets: ServiceInput['secrets'],
  ): Promise<boolean> {
    if (!isDeepStrictEqual({ ...kept, updatedAtMs: declared.updatedAtMs }, declared)) return false;
    return await this.#secrets.holds(kept, secrets);
  }

  /** Ends a service that is not kept, and deletes what was kept of it already. */
  async #discard(live: ServiceRuntime): Promise<void> {
    const { id, tenant } = live.service;
    await live[Symbol.asyncDispose]();
    await this.#context.services.delete(tenant, id);
  }

  async #view(live: ServiceRuntime, principal: Principal): Promise<ServiceView> {
    const { tenant, id } = live.service;
    const secretNames = await this.#context.secrets.names(tenant, id);
    return describeService(live, this.#context.viewOf(principal), secretNames);
  }
}

/** Disabled and failed services are in no snapshot: they are there for who may see everything. */
function isSeen(view: TenantSnapshot, live: ServiceRuntime): boolean {
  return view.visibility === fullVisibility || view.services.includes(live);
}

async function startOrDispose(live: ServiceRuntime): Promise<void> {
  try {
    await live.start();
  } catch (error) {
    await live[Symbol.asyncDispose]();
    // Who may register a program may see what it wrote.
    if (!(error instanceof StartFailure)) throw error;
    throw new GatewayError(error.code, error.detail, { cause: error });
  }
}

function noSuchService(): GatewayError {
  return new GatewayError('not_found', 'There is no such service.');
}
