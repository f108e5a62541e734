import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { needsKey, type ModelEntry, type Provider, type ProviderSettings } from './provider.ts';
import { PROVIDER_OWNER, type ModelStore, type ProviderUpdate } from './store.ts';

/** Where keys of providers are sealed and read; the vault has it. */
export interface KeyVault {
  seal(row: KeyRow, text: string): Promise<string>;
  /** Undefined when there is none. */
  read(row: KeyRow): Promise<string | undefined>;
}

/** A row of the vault. */
export interface KeyRow {
  readonly tenant: TenantId;
  readonly owner: string;
  readonly serviceId: string;
  readonly name: string;
}

/** A provider that the operator declares in the configuration. */
export interface DeclaredProvider {
  readonly name: string;
  readonly settings: ProviderSettings;
  readonly key: string | undefined;
  readonly models: readonly ModelEntry[];
}

/** What providers are kept with. */
export interface ProviderBookContext {
  readonly store: ModelStore;
  readonly vault: KeyVault;
  readonly ids: Pick<IdSource, 'next'>;
  /** Those of the configuration, for its tenant. */
  declared(tenant: TenantId): readonly DeclaredProvider[];
  /** Epoch milliseconds. */
  now(): number;
}

/** A provider as people give it. */
export interface WantedProvider {
  readonly name: string;
  readonly settings: ProviderSettings;
  readonly models: readonly ModelEntry[];
  readonly key: string | undefined;
}

/** What people change of one; a null key is taken away. */
export interface ProviderChange {
  readonly name?: string;
  readonly settings?: ProviderSettings;
  readonly models?: readonly ModelEntry[];
  readonly key?: string | null;
}

/** How ids of providers of the configuration begin; no other id does. */
const DECLARED = 'configuration.';
/** Names that mean something else in front of a model's. */
const RESERVED: ReadonlySet<string> = new Set(['demo', 'gateway', 'agent']);

/** The vault's row of a provider's key. */
export function keyRow(tenant: TenantId, id: string): KeyRow {
  return { tenant, owner: PROVIDER_OWNER, serviceId: id, name: 'key' };
}

/** Whether a provider is of the configuration, which the API shows and does not change. */
export function isDeclared({ id }: Pick<Provider, 'id'>): boolean {
  return id.startsWith(DECLARED);
}

/** The providers of all tenants. */
export class ProviderBook {
  readonly #context: ProviderBookContext;

  constructor(context: ProviderBookContext) {
    this.#context = context;
  }

  /** Those of the configuration, then the oldest first. */
  async list(tenant: TenantId): Promise<readonly Provider[]> {
    const declared = this.#context.declared(tenant).map(shownOf);
    return [...declared, ...(await this.#context.store.providers(tenant))];
  }

  /** Rejects with `not_found`, here and below. */
  async get(tenant: TenantId, id: string): Promise<Provider> {
    const declared = this.#context.declared(tenant).map(shownOf);
    const found =
      declared.find((one) => one.id === id) ?? (await this.#context.store.provider(tenant, id));
    if (found === undefined) throw noSuchProvider();
    return found;
  }

  /** The key of a provider; undefined where it has none. */
  async key(tenant: TenantId, provider: Provider): Promise<string | undefined> {
    const declared = this.#context.declared(tenant).find(({ name }) => name === provider.name);
    if (declared !== undefined) return declared.key;
    return await this.#context.vault.read(keyRow(tenant, provider.id));
  }

  /** Rejects with `conflict` for a taken name or one too many, and `invalid_params`. */
  async create(tenant: TenantId, { key, ...wanted }: WantedProvider): Promise<Provider> {
    const { store, vault, ids, now } = this.#context;
    this.#checkName(tenant, wanted.name);
    checkModels(wanted.models);
    if (key === undefined && needsKey(wanted.settings.kind)) throw keyIsNeeded(wanted.settings);
    const id = ids.next('mpr');
    const sealed = key === undefined ? undefined : await vault.seal(keyRow(tenant, id), key);
    return await store.insert(tenant, { ...wanted, id, createdAtMs: now() }, sealed);
  }

  /** Rejects with `conflict` for another version, a taken name or another kind. */
  async update(
    tenant: TenantId,
    id: string,
    { key, ...change }: ProviderChange,
    ifVersion: number | undefined,
  ): Promise<Provider> {
    const { store, vault, now } = this.#context;
    const before = await this.#own(tenant, id);
    const { kind } = before.settings;
    if (change.settings !== undefined && change.settings.kind !== kind) {
      throw new GatewayError('conflict', `This provider is of the kind ${kind}.`);
    }
    if (change.name !== undefined) this.#checkName(tenant, change.name);
    if (change.models !== undefined) checkModels(change.models);
    if (key === null && needsKey(kind)) throw keyIsNeeded(before.settings);
    checkWhereKeyGoes(before, change.settings, key);
    const sealed: Pick<ProviderUpdate, 'sealed'> =
      key === undefined
        ? {}
        : { sealed: key === null ? null : await vault.seal(keyRow(tenant, id), key) };
    const update = { ...change, ...sealed, updatedAtMs: now(), ifVersion };
    const after = await store.update(tenant, id, update);
    if (after === undefined) throw noSuchProvider();
    return after;
  }

  /** Rejects with `conflict` for another version. */
  async remove(tenant: TenantId, id: string, ifVersion: number | undefined): Promise<void> {
    await this.#own(tenant, id);
    if (!(await this.#context.store.delete(tenant, id, ifVersion))) throw noSuchProvider();
  }

  async #own(tenant: TenantId, id: string): Promise<Provider> {
    const found = await this.get(tenant, id);
    if (!isDeclared(found)) return found;
    const text = `The provider "${found.name}" is of the configuration: change it there.`;
    throw new GatewayError('conflict', text);
  }

  #checkName(tenant: TenantId, name: string): void {
    const isTaken = this.#context.declared(tenant).some((one) => one.name === name);
    if (!isTaken && !RESERVED.has(name)) return;
    throw new GatewayError('conflict', `The name "${name}" is taken by the gateway itself.`);
  }
}

function shownOf({ name, settings, key, models }: DeclaredProvider): Provider {
  return {
    id: `${DECLARED}${name}`,
    name,
    settings,
    hasKey: key !== undefined,
    models,
    createdAtMs: 0,
    updatedAtMs: 0,
    version: 1,
  };
}

/**
 * A key is given for one address: with another base URL it has to be given again, so that nobody
 * who may change a provider can have its key sent to himself.
 */
function checkWhereKeyGoes(
  before: Provider,
  settings: ProviderSettings | undefined,
  key: string | null | undefined,
): void {
  if (settings === undefined || key !== undefined || !before.hasKey) return;
  if (settings.baseUrl === before.settings.baseUrl) return;
  throw new GatewayError('invalid_params', 'Give the key again: it would go to another address.');
}

/** Throws `invalid_params` for the same model twice, or more than one default. */
export function checkModels(models: readonly ModelEntry[]): void {
  const ids = models.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) {
    throw new GatewayError('invalid_params', `The model "${twice}" is there twice.`);
  }
  if (models.filter(({ isDefault }) => isDefault).length > 1) {
    throw new GatewayError('invalid_params', 'Only one model can be the default.');
  }
  if (models.length > limits.modelsPerProviderMax) {
    const text = `A provider has at most ${limits.modelsPerProviderMax} models.`;
    throw new GatewayError('invalid_params', text);
  }
}

function keyIsNeeded({ kind }: ProviderSettings): GatewayError {
  return new GatewayError('invalid_params', `key: a provider of the kind ${kind} needs one.`);
}

function noSuchProvider(): GatewayError {
  return new GatewayError('not_found', 'There is no such provider.');
}
