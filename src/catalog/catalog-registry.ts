import { GatewayError } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import { stringMember, type Json, type JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Principal } from '../kernel/principal.ts';
import type { Seal } from '../kernel/seal.ts';
import type { Connector } from '../upstream/contract.ts';
import type { Catalog } from './catalog.ts';
import type { LiveService } from './live-service.ts';
import { ownName } from './live-service.ts';
import { previewOf } from './preview-of.ts';
import { isSlug, slugFrom } from './public-names.ts';
import type {
  ServiceChange,
  ServiceInput,
  ServicePreview,
  ServiceRegistry,
  ServiceView,
  ToolView,
} from './service-view.ts';
import type { SecretStore, Service, ServiceStore } from './store.ts';

/** What the registry is made from. */
export interface CatalogRegistryContext {
  readonly catalog: Catalog;
  readonly services: ServiceStore;
  readonly secrets: SecretStore;
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Seals secrets before they reach the store; the context is `tenant/service/name`. */
  readonly seal: Seal;
  readonly ids: IdSource;
}

/** What a secret is sealed for: it opens nowhere else. */
export function secretContext(tenant: string, serviceId: string, name: string): string {
  return `${tenant}/${serviceId}/${name}`;
}

/** Registers, changes and removes services; what fails leaves nothing behind. */
export class CatalogRegistry implements ServiceRegistry {
  readonly #context: CatalogRegistryContext;

  constructor(context: CatalogRegistryContext) {
    this.#context = context;
  }

  async register(principal: Principal, input: ServiceInput): Promise<ServiceView> {
    const { catalog, services } = this.#context;
    const { tenant } = principal;
    if (catalog.lives(tenant).length >= limits.servicesPerTenantMax) {
      throw new GatewayError('too_many', 'This tenant has as many services as are allowed.');
    }
    const config = this.#validate(principal, input.kind, input.config);
    const draft = this.#draft(principal, input, config);
    // Nothing is kept of a service that does not work, least of all its secrets.
    const live = await this.#started(draft, input.secrets);
    const { service } = live;
    try {
      await this.#keepSecrets(service, input.secrets);
      await services.insert(tenant, service);
    } catch (error) {
      await this.#discard(live);
      throw error;
    }
    await catalog.put(live);
    return await this.#view(live);
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
    const service: Service = {
      ...(kept ?? { id: ids.next('svc'), enabled: true, createdAtMs: now }),
      tenant,
      slug,
      kind,
      title,
      config,
      updatedAtMs: now,
    };
    if (known !== undefined && kept === undefined) await services.delete(tenant, known.id);
    if (kept === undefined) await services.insert(tenant, service);
    else await services.update(tenant, service);
    await this.#keepSecrets(service, input.secrets);
  }

  list(principal: Principal): Promise<readonly ServiceView[]> {
    const lives = this.#context.catalog.lives(principal.tenant);
    return Promise.all(lives.map((live) => this.#view(live)));
  }

  async get(principal: Principal, idOrSlug: string): Promise<ServiceView> {
    return await this.#view(this.#find(principal, idOrSlug));
  }

  async update(
    principal: Principal,
    idOrSlug: string,
    change: ServiceChange,
  ): Promise<ServiceView> {
    const { catalog, services } = this.#context;
    const old = this.#find(principal, idOrSlug);
    const before = old.service;
    const config =
      change.config === undefined
        ? before.config
        : this.#validate(principal, before.kind, change.config);
    const service: Service = {
      ...before,
      title: change.title ?? before.title,
      enabled: change.enabled ?? before.enabled,
      config,
      updatedAtMs: Date.now(),
    };
    const live = catalog.prepare(service, change.secrets);
    // An enabled service must work before it replaces the old one; re-enabling may be retried.
    if (service.enabled && before.enabled) await startOrDispose(live);
    try {
      await this.#keepSecrets(service, change.secrets);
    } catch (error) {
      await live[Symbol.asyncDispose]();
      throw error;
    }
    if (!(await services.update(principal.tenant, service))) {
      await this.#discard(live);
      throw new GatewayError('not_found', 'There is no such service.');
    }
    live.succeed(old);
    await catalog.put(live);
    if (service.enabled && !before.enabled) await live.keepStarted();
    return await this.#view(live);
  }

  async remove(principal: Principal, idOrSlug: string): Promise<void> {
    const live = this.#find(principal, idOrSlug);
    await this.#context.services.delete(principal.tenant, live.service.id);
    await this.#context.catalog.remove(live);
  }

  async refresh(principal: Principal, idOrSlug: string): Promise<ServiceView> {
    const live = this.#find(principal, idOrSlug);
    if (!live.service.enabled) {
      throw new GatewayError('conflict', 'The service is disabled; enable it first.');
    }
    await live.refresh();
    return await this.#view(live);
  }

  #find(principal: Principal, idOrSlug: string): LiveService {
    return this.#context.catalog.find(principal.tenant, idOrSlug);
  }

  #validate(principal: Principal, kind: string, config: JsonObject): JsonObject {
    const connector = this.#context.connectors.get(kind);
    if (connector === undefined) {
      const kinds = [...this.#context.connectors.keys()].join(', ');
      throw invalid('kind', `must be one of: ${kinds}`);
    }
    if (connector.operatorOnly && principal.role !== 'admin') {
      throw new GatewayError('forbidden', `Only an admin may register a ${kind} service.`);
    }
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

  #slugFor(principal: Principal, input: ServiceInput): string {
    const taken = new Set(
      this.#context.catalog.lives(principal.tenant).map((live) => live.service.slug),
    );
    if (input.slug !== undefined) {
      if (!isSlug(input.slug)) {
        const most = limits.slugLengthMax;
        throw invalid('slug', `must be lower-case words with hyphens, at most ${most} characters`);
      }
      if (taken.has(input.slug)) {
        throw new GatewayError('conflict', `There is a service named ${input.slug} already.`);
      }
      return input.slug;
    }
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
    };
  }

  /** Opens the service; title and slug come from the upstream when the caller gave none. */
  async #started(draft: Service, secrets?: Readonly<Record<string, string>>): Promise<LiveService> {
    const { catalog } = this.#context;
    const probe = catalog.prepare(draft, secrets);
    await startOrDispose(probe);
    if (draft.slug !== '' && draft.title !== '') return probe;
    const name = ownName(probe.discovery?.serverInfo ?? {}) ?? draft.kind;
    const taken = new Set(catalog.lives(draft.tenant).map((live) => live.service.slug));
    const slug = draft.slug === '' ? freeSlug(slugFrom(name), taken) : draft.slug;
    return probe.renamed({ ...draft, slug, title: draft.title === '' ? name : draft.title });
  }

  async #keepSecrets(service: Service, secrets: ServiceInput['secrets']): Promise<void> {
    if (secrets === undefined) return;
    const { id, tenant } = service;
    const sealed = Object.entries(secrets).map(([name, value]) => [
      name,
      this.#context.seal.seal(value, secretContext(tenant, id, name)),
    ]);
    await this.#context.secrets.put(
      tenant,
      id,
      Object.fromEntries(sealed) as Record<string, string>,
    );
  }

  /** Ends a service that is not kept, and deletes what was kept of it already. */
  async #discard(live: LiveService): Promise<void> {
    const { id, tenant } = live.service;
    await live[Symbol.asyncDispose]();
    await this.#context.services.delete(tenant, id);
  }

  async #view(live: LiveService): Promise<ServiceView> {
    const { service, health, listing } = live;
    const snapshot = this.#context.catalog.snapshot(service.tenant);
    const tools: ToolView[] = listing.tools.map((tool) => {
      const name = stringMember(tool, 'name') ?? '';
      return {
        name,
        publicName: snapshot.publicName(live, 'tool', name),
        title: stringMember(tool, 'title') ?? null,
        description: stringMember(tool, 'description') ?? null,
      };
    });
    const names = (list: readonly JsonObject[], key: string): string[] =>
      list.flatMap((item) => stringMember(item, key) ?? []);
    return {
      service,
      health,
      tools,
      promptNames: names(listing.prompts, 'name'),
      resourceUris: names(listing.resources, 'uri'),
      diagnostics: live.discovery?.diagnostics ?? [],
      changes: live.changes,
      secretNames: await this.#context.secrets.names(service.tenant, service.id),
    };
  }
}

async function startOrDispose(live: LiveService): Promise<void> {
  try {
    await live.start();
  } catch (error) {
    await live[Symbol.asyncDispose]();
    throw error;
  }
}

function freeSlug(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let number = 2; ; number++) {
    const suffix = `-${number}`;
    const slug = `${wanted.slice(0, limits.slugLengthMax - suffix.length)}${suffix}`;
    if (!taken.has(slug)) return slug;
  }
}

function invalid(field: string, problem: string): GatewayError {
  return new GatewayError('invalid_configuration', `${field} ${problem}.`, {
    data: { errors: [{ field, problem }] },
  });
}
