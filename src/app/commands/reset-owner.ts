import { makeKey, type KeyMaker } from '../../identity/keys/make-key.ts';
import { openKeyRing } from '../../identity/key-ring/open-key-ring.ts';
import type { Account, Membership, Tenant } from '../../identity/store.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { IdSource } from '../../kernel/ids.ts';
import { silentLog } from '../../kernel/log.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Config } from '../config/config-schema.ts';
import { openStorage } from '../open-storage.ts';

/** An owner that was made or let in again, with a key that is shown once. */
export interface OwnerAccess {
  readonly login: string;
  readonly tenantName: string;
  readonly apiKey: string;
}

/**
 * Makes somebody an active owner, and gives them a key: for who is locked out. Whoever may open the
 * database holds everything in it anyway. Without a tenant's name it is the operator's. Rejects
 * with `not_found` without such a tenant, `storage_unavailable` while a gateway has the database.
 */
export async function resetOwner(
  config: Config,
  login: string,
  tenantName?: string,
): Promise<OwnerAccess> {
  const storage = await openStorage(config, silentLog);
  try {
    const maker = await openMaker(config, storage);
    const all = await storage.tenants.list();
    const tenant = all.find(({ name }) => tenantName === undefined || name === tenantName);
    if (tenant === undefined) throw new GatewayError('not_found', 'There is no such tenant.');
    const account = await makeOwner(storage, maker, tenant, login.toLowerCase());
    const subject = { kind: 'user', id: account.id } as const;
    const { plaintext, ...created } = makeKey(maker, tenant.id, { subject, name: 'reset' });
    await storage.apiKeys.create(tenant.id, created);
    return { login: account.login, tenantName: tenant.name, apiKey: plaintext };
  } finally {
    await storage.close();
  }
}

async function openMaker(config: Config, storage: Storage): Promise<KeyMaker> {
  const [{ secret }] = await openKeyRing({
    source: config.keys,
    directory: config.data.directory,
    store: storage.ringKeys,
    isInUse: async () => (await storage.tenants.list()).length > 0,
    now: Date.now,
  });
  const env = config.server.environment;
  return { keySecret: secret, env, ids: new IdSource(), now: Date.now };
}

async function makeOwner(
  { accounts, members, tenants }: Storage,
  { ids }: KeyMaker,
  { id: tenant }: Tenant,
  login: string,
): Promise<Account> {
  await tenants.update(tenant, { status: 'active' });
  const known = await accounts.findByLogin(login);
  const fresh = { status: 'active', createdAtMs: Date.now(), version: 1 } as const;
  const userId = known?.id ?? ids.next('usr');
  const none = { email: null, emailVerifiedAtMs: null };
  const without = { passwordHash: null, passwordChangedAtMs: null };
  const account = known ?? { ...fresh, ...none, ...without, id: userId, login, name: login };
  const member = await members.get(tenant, userId);
  if (known !== undefined) await accounts.update(userId, { status: 'active' });
  if (member === undefined) {
    const local = { roles: ['owner'], source: 'local', externalId: null } as const;
    const membership: Membership = { ...fresh, ...local, tenant, userId };
    await members.add(tenant, membership, known === undefined ? account : undefined);
  } else {
    const roles = [...new Set([...member.membership.roles, 'owner'])];
    await members.update(tenant, userId, { roles, status: 'active' });
  }
  return account;
}
