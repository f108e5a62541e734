import type { ManagedSession, SessionStore } from '../../src/gateway/store.ts';

/** Sessions in memory. */
export function memorySessionStore(): SessionStore & { readonly rows: ManagedSession[] } {
  const rows: ManagedSession[] = [];
  const drop = (fits: (row: ManagedSession) => boolean): number => {
    const before = rows.length;
    rows.splice(0, before, ...rows.filter((row) => !fits(row)));
    return before - rows.length;
  };
  return {
    rows,
    insert: (_, session) => {
      rows.push(session);
      return Promise.resolve();
    },
    get: (tenant, id) =>
      Promise.resolve(rows.find((row) => row.tenant === tenant && row.id === id)),
    list: (tenant, grantId) =>
      Promise.resolve(rows.filter((row) => row.tenant === tenant && row.grantId === grantId)),
    delete: (tenant, id) =>
      Promise.resolve(drop((row) => row.tenant === tenant && row.id === id) > 0),
    deleteExpired: (tenant, beforeMs) => {
      drop((row) => row.tenant === tenant && row.expiresAtMs <= beforeMs);
      return Promise.resolve();
    },
    deleteAllExpired: (beforeMs) => {
      drop((row) => row.expiresAtMs <= beforeMs);
      return Promise.resolve(true);
    },
  };
}
