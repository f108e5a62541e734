import { checkVersion } from '../../src/kernel/check-version.ts';
import type { IdSource } from '../../src/kernel/ids.ts';
import { WebhookBook } from '../../src/webhooks/endpoints/webhook-book.ts';
import type { Replay, WebhookEndpoint, WebhookStore } from '../../src/webhooks/store.ts';

/** A book of webhooks kept in memory, without what is on its way to them. */
export function memoryWebhooks(ids: Pick<IdSource, 'next'>, now: () => number) {
  const endpoints = new Map<string, WebhookEndpoint>();
  const secrets = new Map<string, string>();
  const replays: Replay[] = [];
  const keyOf = (tenant: string, id: string): string => `${tenant}/${id}`;
  const changed = (
    key: string,
    change: Partial<WebhookEndpoint> & { readonly ifVersion: number | undefined },
  ): Promise<WebhookEndpoint | undefined> => {
    const before = endpoints.get(key);
    if (before === undefined) return Promise.resolve(undefined);
    const { ifVersion, ...rest } = change;
    checkVersion(before.version, ifVersion);
    const after = { ...before, ...rest, version: before.version + 1 };
    endpoints.set(key, after);
    return Promise.resolve(after);
  };
  const store: WebhookStore = {
    endpoints: (tenant) =>
      Promise.resolve(
        [...endpoints].filter(([key]) => key.startsWith(`${tenant}/`)).map(([, one]) => one),
      ),
    endpoint: (tenant, id) => Promise.resolve(endpoints.get(keyOf(tenant, id))),
    insert: (tenant, endpoint, sealed) => {
      secrets.set(`${endpoint.id} current`, sealed);
      return Promise.resolve(void endpoints.set(keyOf(tenant, endpoint.id), endpoint));
    },
    update: (tenant, id, update) => changed(keyOf(tenant, id), update),
    rotate: (tenant, id, { sealed, sealedPrevious, ...rest }) => {
      secrets.set(`${id} current`, sealed).set(`${id} previous`, sealedPrevious);
      return changed(keyOf(tenant, id), rest);
    },
    delete: (tenant, id, ifVersion) => {
      const before = endpoints.get(keyOf(tenant, id));
      if (before !== undefined) checkVersion(before.version, ifVersion);
      return Promise.resolve(endpoints.delete(keyOf(tenant, id)));
    },
    add: () => Promise.resolve(),
    deliveries: () => Promise.resolve([]),
    event: () => Promise.resolve(undefined),
    replay: (_tenant, _id, replay) => {
      replays.push(replay);
      return Promise.resolve(replay.eventIds?.length ?? 0);
    },
    duePlaces: () => Promise.resolve([]),
    due: () => Promise.resolve([]),
    note: () => Promise.resolve(true),
    sweep: () => Promise.resolve(false),
  };
  const vault = {
    seal: (_row: unknown, text: string) => Promise.resolve(text),
    read: ({ serviceId, name }: { serviceId: string; name: string }) =>
      Promise.resolve(secrets.get(`${serviceId} ${name}`)),
  };
  return { webhooks: new WebhookBook({ store, vault, ids, now }), secrets, replays };
}
