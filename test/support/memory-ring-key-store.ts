import type { RingKeyRow, RingKeyStore } from '../../src/identity/store.ts';

/** The ring's keys in memory. */
export function memoryRingKeyStore(): RingKeyStore & { readonly rows: RingKeyRow[] } {
  const rows: RingKeyRow[] = [];
  const indexOf = (id: string): number => rows.findIndex((row) => row.id === id);
  return {
    rows,
    list: () => Promise.resolve(rows.toSorted((one, other) => other.rank - one.rank)),
    add: (row) => {
      if (indexOf(row.id) === -1) rows.push(row);
      return Promise.resolve();
    },
    setRank: (id, rank) => {
      const row = rows[indexOf(id)];
      if (row !== undefined) rows[indexOf(id)] = { ...row, rank };
      return Promise.resolve(row !== undefined);
    },
    remove: (id) => {
      const index = indexOf(id);
      if (index !== -1) rows.splice(index, 1);
      return Promise.resolve(index !== -1);
    },
  };
}
