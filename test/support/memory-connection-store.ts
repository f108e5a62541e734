import type {
  Connection,
  ConnectionStore,
  ConnectState,
  VaultStore,
} from '../../src/identity/store.ts';
import { tokensRow } from '../../src/identity/vault/user-tokens.ts';

/** A connection store in memory, with what it holds in sight. */
export interface MemoryConnectionStore extends ConnectionStore {
  readonly connections: Map<string, Connection>;
  readonly states: ConnectState[];
}

/** Makes one; the tokens go to the vault store, as they do in a database. */
export function memoryConnectionStore(vault: VaultStore, now: () => number): MemoryConnectionStore {
  const connections = new Map<string, Connection>();
  const locks = new Map<string, { holder: string; untilMs: number }>();
  const states: ConnectState[] = [];
  const all = (): Connection[] => [...connections.values()];
  const isCurrent = ({ id, version }: Connection): boolean =>
    connections.get(id)?.version === version;
  const change = (connection: Connection): void => {
    locks.delete(connection.id);
    connections.set(connection.id, { ...connection, version: connection.version + 1 });
  };
  return {
    connections,
    states,
    list: async (tenant, userId) =>
      all().filter((one) => one.tenant === tenant && one.userId === userId),
    get: async (_tenant, id) => connections.get(id),
    find: async (tenant, userId, serviceId) =>
      all().find(
        (one) => one.tenant === tenant && one.userId === userId && one.serviceId === serviceId,
      ),
    latest: async (tenant, serviceId) =>
      all().find((one) => one.tenant === tenant && one.serviceId === serviceId),
    put: async (connection, sealed) => {
      for (const one of all()) {
        const isSame = one.userId === connection.userId && one.serviceId === connection.serviceId;
        if (isSame) connections.delete(one.id);
      }
      connections.set(connection.id, connection);
      await vault.put({ ...tokensRow(connection), sealed });
    },
    renew: async (connection, sealed) => {
      if (!isCurrent(connection)) return false;
      change(connection);
      await vault.put({ ...tokensRow(connection), sealed });
      return true;
    },
    expire: async (connection) => {
      if (!isCurrent(connection)) return false;
      change({ ...connection, status: 'expired' });
      return true;
    },
    remove: async (_tenant, id) => {
      const known = connections.get(id);
      if (known !== undefined) await vault.delete(tokensRow(known));
      return connections.delete(id);
    },
    claimRefresh: async (connection, holder, lifeMs) => {
      if (!isCurrent(connection)) return 'changed';
      const lock = locks.get(connection.id);
      if (lock !== undefined && lock.untilMs > now()) return 'busy';
      locks.set(connection.id, { holder, untilMs: now() + lifeMs });
      return 'claimed';
    },
    releaseRefresh: async ({ id }, holder) => {
      if (locks.get(id)?.holder === holder) locks.delete(id);
    },
    addState: async (state, countMax) => {
      states.push(state);
      const same = states.filter(({ userId }) => userId === state.userId);
      const old = same.slice(0, Math.max(0, same.length - countMax));
      for (const one of old) states.splice(states.indexOf(one), 1);
    },
    getState: async (hash, step) => states.find((one) => one.hash === hash && one.step === step),
    takeState: async (hash, step) => {
      const at = states.findIndex((one) => one.hash === hash && one.step === step);
      return at === -1 ? undefined : states.splice(at, 1)[0];
    },
  };
}
