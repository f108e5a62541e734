import type { Bus, SharedDomain } from '../kernel/bus.ts';
import type { Storage } from '../storage/storage.ts';

/**
 * The same stores; whoever changes what other instances keep a copy of tells them, once the
 * database has it. That is a hint: the counters that the stores keep with the change are the proof.
 */
export function announceChanges(storage: Storage, bus: Bus): Storage {
  const { services, bundles, sessions, identity } = storage;
  const announcing =
    <Rest extends readonly unknown[], Result>(
      domain: SharedDomain,
      change: (tenant: Parameters<typeof sessions.delete>[0], ...rest: Rest) => Promise<Result>,
    ): typeof change =>
    async (tenant, ...rest) => {
      const result = await change(tenant, ...rest);
      bus.emit('domain.changed', { domain, tenant });
      return result;
    };
  return {
    ...storage,
    services: {
      ...services,
      insert: announcing('services', services.insert),
      update: announcing('services', services.update),
      delete: announcing('services', services.delete),
    },
    bundles: {
      ...bundles,
      insert: announcing('bundles', bundles.insert),
      update: announcing('bundles', bundles.update),
      delete: announcing('bundles', bundles.delete),
    },
    identity: {
      ...identity,
      createKey: announcing('keys', identity.createKey),
      revokeKey: announcing('keys', identity.revokeKey),
    },
    sessions: { ...sessions, delete: announcing('sessions', sessions.delete) },
  };
}
