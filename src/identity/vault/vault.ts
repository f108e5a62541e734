import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { Seal, type SealKey } from '../../kernel/seal.ts';
import { DataKeys } from './data-keys.ts';
import { keyNumberOf, openRow, sealRow } from './seal-row.ts';
import type { VaultItem, VaultRow, VaultStore } from '../store.ts';

/** What the vault is made from. */
export interface VaultContext {
  readonly store: VaultStore;
  /** Keys that wrap the data keys: the first one wraps, every one opens. */
  readonly wrapping: readonly SealKey[];
  /** The key ring, for what was sealed with it before there was a vault. */
  readonly ring: readonly SealKey[];
  /** The tenants there are. */
  tenants(): Promise<readonly TenantId[]>;
  now(): number;
}

/** What a rotation did. */
export interface Rotation {
  /** Data keys that are wrapped with another key now. */
  readonly rewrapped: number;
  /** Data keys that were made. */
  readonly made: number;
  /** Items that are sealed with another data key now. */
  readonly resealed: number;
  /** Old data keys that nothing needed any more. */
  readonly deleted: number;
}

/**
 * Keeps credentials for services: every tenant has data keys of its own, wrapped by a key that is
 * not in the database, and what is sealed for a row opens in that row alone.
 */
export class Vault {
  readonly #context: VaultContext;
  readonly #keys: DataKeys;
  readonly #before: Seal;

  constructor(context: VaultContext) {
    this.#context = context;
    this.#keys = new DataKeys(context);
    this.#before = new Seal(context.ring, 'secret');
  }

  /**
   * Checks at the start that every data key opens, and seals anew what was sealed before there was
   * a vault or what a rotation left. Throws GatewayError `invalid_configuration` with one sentence.
   */
  async open(): Promise<void> {
    await this.#keys.check();
    for (const tenant of await this.#context.tenants()) {
      const { number } = await this.#keys.current(tenant);
      await this.#resealAll(tenant, number);
    }
  }

  /** Seals a text for a row. */
  async seal(row: VaultRow, text: string): Promise<string> {
    return sealRow(await this.#keys.current(row.tenant), row, text);
  }

  /** Opens what was sealed for this row, or undefined when it was not. */
  async unseal(row: VaultRow, sealed: string): Promise<string | undefined> {
    const number = keyNumberOf(sealed);
    if (number === undefined) return this.#unsealOld(row, sealed);
    const key = await this.#keys.find(row.tenant, number);
    return key === undefined ? undefined : openRow(key, row, sealed);
  }

  /** What a row holds, or undefined when there is none. Throws when it was tampered with. */
  async read(row: VaultRow): Promise<string | undefined> {
    const sealed = await this.#context.store.get(row);
    if (sealed === undefined) return undefined;
    const text = await this.unseal(row, sealed);
    if (text === undefined) throw new GatewayError('internal', 'A row of the vault does not open.');
    return text;
  }

  async write(row: VaultRow, text: string): Promise<void> {
    await this.#context.store.put({ ...row, sealed: await this.seal(row, text) });
  }

  /**
   * Wraps all data keys with the first wrapping key; with `dataKeys` besides gives every tenant a
   * new data key and seals everything with it. Nothing has to stop meanwhile.
   */
  async rotate({ dataKeys }: { readonly dataKeys: boolean }): Promise<Rotation> {
    const rewrapped = await this.#keys.rewrap();
    if (!dataKeys) return { rewrapped, made: 0, resealed: 0, deleted: 0 };
    let [made, resealed, deleted] = [0, 0, 0];
    const beforeMs = this.#context.now() - limits.vaultOldKeyMs;
    for (const tenant of await this.#context.tenants()) {
      const { number } = await this.#keys.next(tenant);
      made++;
      resealed += await this.#resealAll(tenant, number);
      // Another instance may be writing with the key before, so young ones stay until next time.
      deleted += await this.#context.store.deleteUnusedKeys(tenant, number, beforeMs);
    }
    return { rewrapped, made, resealed, deleted };
  }

  /** Another instance changed the keys of a tenant, or of any. */
  forget(tenant?: TenantId): void {
    this.#keys.forget(tenant);
  }

  async #resealAll(tenant: TenantId, number: number): Promise<number> {
    const { store } = this.#context;
    let changed = 0;
    for (;;) {
      const items = await store.itemsNotUnder(tenant, number, limits.vaultBatchItems);
      let moved = 0;
      for (const item of items) if (await this.#reseal(item)) moved++;
      changed += moved;
      // A batch of which nothing could be moved would come again for ever.
      if (moved === 0) return changed;
    }
  }

  /** Seals an item anew; what does not open is left as it is. */
  async #reseal(item: VaultItem): Promise<boolean> {
    const text = await this.unseal(item, item.sealed);
    if (text === undefined) return false;
    return await this.#context.store.reseal(item, await this.seal(item, text));
  }

  #unsealOld({ tenant, owner, serviceId, name }: VaultRow, sealed: string): string | undefined {
    if (owner !== 'service') return undefined;
    return this.#before.open(sealed, `${tenant}/${serviceId}/${name}`);
  }
}

/** The row of a service's own secret. */
export function secretRow(tenant: TenantId, serviceId: string, name: string): VaultRow {
  return { tenant, owner: 'service', serviceId, name };
}
