import type {
  Artifact,
  ArtifactStore,
  OAuthClient,
  OAuthClientStore,
} from '../../src/identity/oauth/store.ts';
import { GatewayError } from '../../src/kernel/errors.ts';

/** Artifacts in a map, by kind and hash. */
export function artifactStore(artifacts: Map<string, Artifact>): ArtifactStore {
  const live = (one: Artifact | undefined, nowMs: number) =>
    one !== undefined && one.expiresAtMs > nowMs ? one : undefined;
  return {
    put: (artifact) => {
      artifacts.set(`${artifact.kind} ${artifact.hash}`, artifact);
      return Promise.resolve();
    },
    find: (kind, hash, nowMs) => Promise.resolve(live(artifacts.get(`${kind} ${hash}`), nowMs)),
    findByUid: (kind, uidHash, nowMs) =>
      Promise.resolve(
        live(
          [...artifacts.values()].find((one) => one.kind === kind && one.uidHash === uidHash),
          nowMs,
        ),
      ),
    consume: (kind, hash, atMs) => {
      const found = artifacts.get(`${kind} ${hash}`);
      if (found === undefined || found.consumedAtMs !== null) return Promise.resolve(false);
      artifacts.set(`${kind} ${hash}`, { ...found, consumedAtMs: atMs });
      return Promise.resolve(true);
    },
    delete: (kind, hash) => {
      artifacts.delete(`${kind} ${hash}`);
      return Promise.resolve();
    },
    deleteOfGrant: (kind, grantId) => {
      for (const [key, one] of artifacts) {
        if (one.kind === kind && one.grantId === grantId) artifacts.delete(key);
      }
      return Promise.resolve();
    },
  };
}

/** Clients in a map, by id. */
export function clientStore(clients: Map<string, OAuthClient>): OAuthClientStore {
  return {
    find: (id) => Promise.resolve(clients.get(id)),
    register: (client, { clientsMax, unusedPerAddressMax }) => {
      if (clients.has(client.id)) return Promise.resolve(true);
      const unused = [...clients.values()].filter(({ usedAtMs }) => usedAtMs === null);
      if (clients.size >= clientsMax) return Promise.resolve(false);
      if (unused.length >= unusedPerAddressMax) return Promise.resolve(false);
      clients.set(client.id, client);
      return Promise.resolve(true);
    },
    insert: (tenant, client, clientsMax) => {
      const held = [...clients.values()].filter((one) => one.tenant === tenant);
      if (held.length >= clientsMax) throw new GatewayError('conflict');
      clients.set(client.id, { ...client, tenant });
      return Promise.resolve();
    },
    list: (tenant) => Promise.resolve([...clients.values()].filter((c) => c.tenant === tenant)),
    delete: (tenant, id) =>
      Promise.resolve(clients.get(id)?.tenant === tenant && clients.delete(id)),
    noteUse: (id, usedAtMs) => {
      const client = clients.get(id);
      if (client !== undefined) clients.set(id, { ...client, usedAtMs });
      return Promise.resolve();
    },
    sweep: () => Promise.resolve(true),
  };
}
