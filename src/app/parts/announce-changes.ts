import type { Bus, SharedDomain } from '../../kernel/bus.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Storage } from '../../storage/storage.ts';

/**
 * The same stores; whoever changes what other instances keep a copy of tells them, once the
 * database has it. That is a hint: the counters that the stores keep with the change are the proof.
 */
export function announceChanges(storage: Storage, bus: Bus): Storage {
  const { services, bundles, sessions, policy, pins, guardRules, captures } = storage;
  const { models, toolUses } = storage;
  const announcing = announcer(bus);
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
    policy: {
      ...policy,
      insertRules: announcing('policy', policy.insertRules),
      updateRule: announcing('policy', policy.updateRule),
      deleteRule: announcing('policy', policy.deleteRule),
      putSettings: announcing('policy', policy.putSettings),
    },
    ...announceIdentity(storage, bus),
    pins: {
      ...pins,
      observe: announcing('services', pins.observe),
      decide: announcing('services', pins.decide),
    },
    guardRules: {
      ...guardRules,
      insert: announcing('guardrails', guardRules.insert),
      update: announcing('guardrails', guardRules.update),
      delete: announcing('guardrails', guardRules.delete),
    },
    sessions: { ...sessions, delete: announcing('sessions', sessions.delete) },
    captures: {
      ...captures,
      putSetting: announcing('captures', captures.putSetting),
      deleteSetting: announcing('captures', captures.deleteSetting),
    },
    models: {
      ...models,
      insert: announcing('models', models.insert),
      update: announcing('models', models.update),
      delete: announcing('models', models.delete),
      insertPrice: announcing('models', models.insertPrice),
      deletePrice: announcing('models', models.deletePrice),
    },
    toolUses: {
      ...toolUses,
      add: announcing('tool-uses', toolUses.add),
      clear: announcing('tool-uses', toolUses.clear),
      putSetting: announcing('tool-uses', toolUses.putSetting),
    },
    ...announceBilling(storage, bus),
    ...announcePrivacy(storage, bus),
  };
}

/** What usage costs; and that there is some to be rated. */
function announceBilling({ subscriptions, budgets, usage }: Storage, bus: Bus): Partial<Storage> {
  const announcing = announcer(bus);
  return {
    subscriptions: {
      ...subscriptions,
      insert: announcing('plans', subscriptions.insert),
      end: announcing('plans', subscriptions.end),
    },
    budgets: {
      ...budgets,
      insert: announcing('budgets', budgets.insert),
      update: announcing('budgets', budgets.update),
      delete: announcing('budgets', budgets.delete),
    },
    usage: {
      ...usage,
      insert: async (lines) => {
        const refused = await usage.insert(lines);
        bus.emit('usage.drained', { from: 'the usage log' });
        return refused;
      },
    },
  };
}

/** A person who is erased holds no key, connection or session any more. */
function announcePrivacy({ privacy }: Storage, bus: Bus): Partial<Storage> {
  return {
    privacy: {
      ...privacy,
      erase: async (request) => {
        const erasure = await privacy.erase(request);
        if (erasure === undefined || request.isDryRun) return erasure;
        for (const { tenant } of erasure.tenants) {
          for (const domain of ['keys', 'connections', 'sessions', 'tool-uses'] as const) {
            bus.emit('domain.changed', { domain, tenant });
          }
        }
        return erasure;
      },
    },
  };
}

/** Those that say who may do what: each change counts as one of the keys, so all are forgotten. */
function announceIdentity(storage: Storage, bus: Bus): Partial<Storage> {
  const { tenants, accounts, members, roles, groups, serviceAccounts, apiKeys } = storage;
  const { clientCertificates } = storage;
  const announcing = announcer(bus);
  return {
    tenants: { ...tenants, update: announcing('keys', tenants.update) },
    accounts: {
      ...accounts,
      update: async (userId, update) => {
        const account = await accounts.update(userId, update);
        if (update.status === undefined) return account;
        for (const { tenant } of await accounts.memberships(userId)) {
          bus.emit('domain.changed', { domain: 'keys', tenant });
        }
        return account;
      },
    },
    members: {
      ...members,
      add: announcing('keys', members.add),
      update: announcing('keys', members.update),
      remove: announcing('keys', members.remove),
    },
    roles: {
      ...roles,
      insert: announcing('keys', roles.insert),
      update: announcing('keys', roles.update),
      delete: announcing('keys', roles.delete),
    },
    groups: {
      ...groups,
      update: announcing('keys', groups.update),
      delete: announcing('keys', groups.delete),
      addMember: announcing('keys', groups.addMember),
      removeMember: announcing('keys', groups.removeMember),
    },
    serviceAccounts: {
      ...serviceAccounts,
      update: announcing('keys', serviceAccounts.update),
      remove: announcing('keys', serviceAccounts.remove),
    },
    apiKeys: {
      ...apiKeys,
      create: announcing('keys', apiKeys.create),
      rotate: announcing('keys', apiKeys.rotate),
      revoke: announcing('keys', apiKeys.revoke),
    },
    clientCertificates: {
      ...clientCertificates,
      create: announcing('keys', clientCertificates.create),
      delete: announcing('keys', clientCertificates.delete),
    },
  };
}

function announcer(bus: Bus) {
  return <Rest extends readonly unknown[], Result>(
    domain: SharedDomain,
    change: (tenant: TenantId, ...rest: Rest) => Promise<Result>,
  ): typeof change =>
    async (tenant, ...rest) => {
      const result = await change(tenant, ...rest);
      bus.emit('domain.changed', { domain, tenant });
      return result;
    };
}
