import type { VaultItem, VaultRow, VaultStore, WrappedDataKey } from '../../src/identity/store.ts';

/** A vault store in memory, with what it holds in sight. */
export interface MemoryVaultStore extends VaultStore {
  readonly wrapped: WrappedDataKey[];
  readonly items: Map<string, VaultItem>;
}

const keyOf = ({ tenant, owner, serviceId, name }: VaultRow): string =>
  JSON.stringify([tenant, owner, serviceId, name]);

/** Makes one; every answer comes in a later turn, as from a database. */
export function memoryVaultStore(): MemoryVaultStore {
  const wrapped: WrappedDataKey[] = [];
  const items = new Map<string, VaultItem>();
  const later = async <Value>(value: () => Value): Promise<Value> => {
    await new Promise((resolve) => setImmediate(resolve));
    return value();
  };
  const at = (tenant: string, number: number) =>
    wrapped.findIndex((one) => one.tenant === tenant && one.number === number);
  return {
    wrapped,
    items,
    allKeys: () => later(() => [...wrapped]),
    keys: (tenant) => later(() => wrapped.filter((one) => one.tenant === tenant)),
    addKey: (key) =>
      later(() => {
        if (at(key.tenant, key.number) !== -1) return false;
        wrapped.push(key);
        return true;
      }),
    rewrapKey: (key, text) =>
      later(() => {
        const place = at(key.tenant, key.number);
        if (wrapped[place]?.wrapped !== key.wrapped) return false;
        wrapped[place] = { ...key, wrapped: text };
        return true;
      }),
    deleteUnusedKeys: (tenant, below, beforeMs) =>
      later(() => {
        const used = new Set([...items.values()].map(({ sealed }) => sealed.split('.')[1]));
        const old = wrapped.filter((one) => {
          const isOld = one.tenant === tenant && one.number < below && one.createdAtMs < beforeMs;
          return isOld && !used.has(String(one.number));
        });
        for (const one of old) wrapped.splice(wrapped.indexOf(one), 1);
        return old.length;
      }),
    get: (row) => later(() => items.get(keyOf(row))?.sealed),
    put: (item) => later(() => void items.set(keyOf(item), item)),
    delete: (row) => later(() => items.delete(keyOf(row))),
    itemsNotUnder: (tenant, number, count) =>
      later(() =>
        [...items.values()]
          .filter((one) => one.tenant === tenant && !one.sealed.startsWith(`v1.${number}.`))
          .slice(0, count),
      ),
    reseal: (item, sealed) =>
      later(() => {
        const key = keyOf(item);
        if (items.get(key)?.sealed !== item.sealed) return false;
        items.set(key, { ...item, sealed });
        return true;
      }),
  };
}
