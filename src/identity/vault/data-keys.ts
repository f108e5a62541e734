import { randomBytes } from 'node:crypto';
import { GatewayError } from '../../kernel/errors.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { Seal, type SealKey } from '../../kernel/seal.ts';
import type { DataKey } from './seal-row.ts';
import type { VaultStore, WrappedDataKey } from '../store.ts';

const KEY_BYTES = 32;

/** What the data keys are made from. */
export interface DataKeysContext {
  readonly store: VaultStore;
  /** Keys that wrap: the first one wraps, every one opens. */
  readonly wrapping: readonly SealKey[];
  now(): number;
}

/** The tenants' data keys, unwrapped in memory; a key that is not known is read from the store. */
export class DataKeys {
  readonly #context: DataKeysContext;
  readonly #seal: Seal;
  readonly #kept = new Map<TenantId, ReadonlyMap<number, DataKey>>();

  constructor(context: DataKeysContext) {
    this.#context = context;
    this.#seal = new Seal(context.wrapping, 'vault data key');
  }

  /** Opens every key there is. Throws GatewayError `invalid_configuration` when one does not. */
  async check(): Promise<void> {
    for (const wrapped of await this.#context.store.allKeys()) this.#unwrap(wrapped);
  }

  /** The key that seals for a tenant; its first one is made here. */
  async current(tenant: TenantId): Promise<DataKey> {
    const known = this.#kept.get(tenant) ?? (await this.#read(tenant));
    const newest = newestOf(known);
    if (newest !== undefined) return newest;
    await this.#make(tenant, 1);
    return this.current(tenant);
  }

  /** The key of this number, or undefined when the tenant has none. */
  async find(tenant: TenantId, number: number): Promise<DataKey | undefined> {
    const known = this.#kept.get(tenant)?.get(number);
    return known ?? (await this.#read(tenant)).get(number);
  }

  /** Makes the tenant's next key, which seals from now on. */
  async next(tenant: TenantId): Promise<DataKey> {
    const { number } = newestOf(await this.#read(tenant)) ?? { number: 0 };
    await this.#make(tenant, number + 1);
    return this.current(tenant);
  }

  /** Wraps every key anew with the first of the wrapping keys; how many were under another. */
  async rewrap(): Promise<number> {
    const { store, wrapping } = this.#context;
    const first = `${wrapping[0]?.id ?? ''}.`;
    let changed = 0;
    for (const one of await store.allKeys()) {
      if (one.wrapped.startsWith(first)) continue;
      const { key } = this.#unwrap(one);
      const wrapped = this.#seal.seal(key.toString('base64'), contextOf(one));
      if (await store.rewrapKey(one, wrapped)) changed++;
    }
    return changed;
  }

  /** Another instance changed the keys: they are read again when they are next needed. */
  forget(tenant?: TenantId): void {
    if (tenant === undefined) this.#kept.clear();
    else this.#kept.delete(tenant);
  }

  async #make(tenant: TenantId, number: number): Promise<void> {
    const key = { tenant, number, createdAtMs: this.#context.now() };
    const text = randomBytes(KEY_BYTES).toString('base64');
    // Another instance may have been faster; then its key is the one.
    await this.#context.store.addKey({ ...key, wrapped: this.#seal.seal(text, contextOf(key)) });
    this.#kept.delete(tenant);
  }

  async #read(tenant: TenantId): Promise<ReadonlyMap<number, DataKey>> {
    const wrapped = await this.#context.store.keys(tenant);
    const keys = new Map(wrapped.map((one) => [one.number, this.#unwrap(one)]));
    if (keys.size > 0) this.#kept.set(tenant, keys);
    return keys;
  }

  #unwrap(wrapped: WrappedDataKey): DataKey {
    const text = this.#seal.open(wrapped.wrapped, contextOf(wrapped));
    if (text !== undefined) return { number: wrapped.number, key: Buffer.from(text, 'base64') };
    const [id] = wrapped.wrapped.split('.');
    throw new GatewayError(
      'invalid_configuration',
      `The vault's data keys are wrapped with the key ${id}, which is not among the keys of this ` +
        'gateway or is another one of that name; give it the key they were wrapped with.',
    );
  }
}

function newestOf(keys: ReadonlyMap<number, DataKey>): DataKey | undefined {
  let newest: DataKey | undefined;
  for (const key of keys.values()) {
    if (newest === undefined || key.number > newest.number) newest = key;
  }
  return newest;
}

function contextOf({ tenant, number }: Pick<WrappedDataKey, 'tenant' | 'number'>): string {
  return JSON.stringify([tenant, number]);
}
