import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Service } from '../../catalog/store.ts';
import type { ApiKey, Tenant, User } from '../../identity/store.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import { tenantId } from '../../kernel/principal.ts';
import type { Storage } from '../storage.ts';
import { openSqliteStorage } from './open-sqlite-storage.ts';

const [A, B] = [tenantId('ten_a'), tenantId('ten_b')];

async function openEmpty(t: TestContext): Promise<{ storage: Storage; dataDir: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-storage-'));
  const storage = await openSqliteStorage({ dataDir, log: silentLog, now: () => 7 });
  t.after(async () => {
    await storage.close();
    rmSync(dataDir, { recursive: true });
  });
  return { storage, dataDir };
}

async function openWithTenants(t: TestContext): Promise<Storage> {
  const { storage } = await openEmpty(t);
  for (const tenant of [A, B]) {
    await storage.identity.createTenant(tenantNamed(tenant), undefined);
  }
  return storage;
}

const tenantNamed = (id: Tenant['id']): Tenant => ({ id, name: `name of ${id}`, createdAtMs: 1 });

const userOf = (tenant: Tenant['id'], id: string, role: User['role'] = 'member'): User => ({
  id,
  tenant,
  name: `name of ${id}`,
  role,
  passwordHash: null,
  createdAtMs: 2,
});

const keyOf = (user: User, id: string, hash: string): ApiKey => ({
  id,
  tenant: user.tenant,
  userId: user.id,
  name: 'laptop',
  prefix: 'mgw_abcd',
  hash,
  createdAtMs: 3,
  expiresAtMs: null,
  revokedAtMs: null,
});

const serviceOf = (tenant: Tenant['id'], id: string, slug = id): Service => ({
  id,
  tenant,
  slug,
  kind: 'mcp',
  title: 'A title with "quotes" and ünïcode 🎉',
  enabled: true,
  config: { url: 'https://upstream.example/mcp', headers: { accept: ['a', 1, null, true] } },
  createdAtMs: 4,
  updatedAtMs: 5,
});

describe('identity', () => {
  test('a tenant with its first user and key comes whole or not at all', async (t) => {
    const { identity } = (await openEmpty(t)).storage;
    const user = userOf(A, 'usr_1', 'admin');
    await identity.createTenant(tenantNamed(A), { user, key: keyOf(user, 'key_1', 'h1') });
    assert.deepEqual(await identity.tenants(), [tenantNamed(A)]);
    assert.deepEqual(await identity.users(A), [user]);
    assert.deepEqual(await identity.findKey('h1'), {
      key: keyOf(user, 'key_1', 'h1'),
      role: 'admin',
    });

    const other = userOf(B, 'usr_2');
    const broken = identity.createTenant(tenantNamed(B), {
      user: other,
      key: keyOf(other, 'key_2', 'h1'),
    });
    await assert.rejects(broken, { code: 'conflict' });
    assert.equal((await identity.tenants()).length, 1);
    assert.deepEqual(await identity.users(B), []);
  });

  test('names are taken once a tenant, hashes once at all', async (t) => {
    const { identity } = await openWithTenants(t);
    const user = userOf(A, 'usr_1');
    await identity.createUser(A, user);
    const sameName = { ...user, id: 'usr_2' };
    await assert.rejects(identity.createUser(A, sameName), { code: 'conflict' });
    await identity.createUser(B, { ...sameName, tenant: B });
    await assert.rejects(identity.createTenant({ ...tenantNamed(A), id: tenantId('ten_c') }), {
      code: 'conflict',
    });
    await assert.rejects(identity.createKey(A, keyOf(userOf(A, 'usr_9'), 'key_1', 'h')), {
      code: 'not_found',
    });
  });

  test('a key is revoked once, by its own tenant', async (t) => {
    const { identity } = await openWithTenants(t);
    const user = userOf(A, 'usr_1');
    await identity.createUser(A, user);
    await identity.createKey(A, { ...keyOf(user, 'key_1', 'h1'), expiresAtMs: 99 });
    assert.equal(await identity.revokeKey(B, 'key_1', 50), false);
    assert.equal((await identity.findKey('h1'))?.key.revokedAtMs, null);
    assert.equal(await identity.revokeKey(A, 'key_1', 60), true);
    assert.equal(await identity.revokeKey(A, 'key_1', 70), true);
    const [key] = await identity.keys(A);
    assert.equal(key?.revokedAtMs, 60);
    assert.equal(key.expiresAtMs, 99);
    assert.deepEqual(await identity.keys(B), []);
    assert.equal(await identity.findKey('h2'), undefined);
  });
});

describe('services, aliases and secrets', () => {
  test('a service reads back as it was written, and only for its tenant', async (t) => {
    const { services } = await openWithTenants(t);
    const service = serviceOf(A, 'svc_1', 'search');
    await services.insert(A, service);
    assert.deepEqual(await services.get(A, 'svc_1'), service);
    assert.deepEqual(await services.list(A), [service]);
    assert.deepEqual(await services.list(B), []);
    assert.equal(await services.get(B, 'svc_1'), undefined);
    assert.equal(await services.update(B, { ...service, enabled: false }), false);
    assert.equal(await services.delete(B, 'svc_1'), false);

    const changed = { ...service, title: 'New', enabled: false, config: {}, updatedAtMs: 6 };
    assert.equal(await services.update(A, { ...changed, slug: 'ignored' }), true);
    assert.deepEqual(await services.get(A, 'svc_1'), changed);
  });

  test('the tenant of the argument counts, not the one in the object', async (t) => {
    const { services } = await openWithTenants(t);
    await services.insert(A, serviceOf(B, 'svc_1'));
    assert.equal((await services.get(A, 'svc_1'))?.tenant, A);
    assert.equal(await services.get(B, 'svc_1'), undefined);
  });

  test('a slug is taken once a tenant', async (t) => {
    const { services } = await openWithTenants(t);
    await services.insert(A, serviceOf(A, 'svc_1', 'search'));
    await assert.rejects(services.insert(A, serviceOf(A, 'svc_2', 'search')), { code: 'conflict' });
    await services.insert(B, serviceOf(B, 'svc_2', 'search'));
  });

  test('an alias never changes, and is free again when its service is gone', async (t) => {
    const { services, aliases } = await openWithTenants(t);
    for (const id of ['svc_1', 'svc_2']) await services.insert(A, serviceOf(A, id));
    const alias = {
      serviceId: 'svc_1',
      kind: 'tool',
      name: 'find',
      publicName: 'a__find',
    } as const;
    await aliases.insert(A, [alias, { ...alias, kind: 'prompt' }]);
    await aliases.insert(A, [{ ...alias, publicName: 'renamed' }]);
    assert.deepEqual(await aliases.list(A), [{ ...alias, kind: 'prompt' }, alias]);
    assert.deepEqual(await aliases.list(B), []);

    const clash = { ...alias, serviceId: 'svc_2' };
    const both = aliases.insert(A, [{ ...clash, name: 'x', publicName: 'a__x' }, clash]);
    await assert.rejects(both, { code: 'conflict' });
    assert.equal((await aliases.list(A)).length, 2);
    const orphan = { ...alias, serviceId: 'svc_9', publicName: 'a__y' };
    await assert.rejects(aliases.insert(A, [orphan]), { code: 'not_found' });

    assert.equal(await services.delete(A, 'svc_1'), true);
    await aliases.insert(A, [clash]);
    assert.deepEqual(await aliases.list(A), [clash]);
    await aliases.insert(A, []);
  });

  test('secrets are replaced by name and go with their service', async (t) => {
    const { services, secrets } = await openWithTenants(t);
    await secrets.put(A, 'svc_1', { token: 'sealed 1', password: 'sealed 2' });
    await secrets.put(A, 'svc_1', { token: 'sealed 3' });
    await services.insert(A, serviceOf(A, 'svc_1'));
    assert.equal(await secrets.get(A, 'svc_1', 'token'), 'sealed 3');
    assert.deepEqual(await secrets.names(A, 'svc_1'), ['password', 'token']);
    assert.equal(await secrets.get(B, 'svc_1', 'token'), undefined);
    assert.deepEqual(await secrets.names(B, 'svc_1'), []);
    await services.delete(A, 'svc_1');
    assert.deepEqual(await secrets.names(A, 'svc_1'), []);
    await secrets.put(A, 'svc_1', {});
  });
});

describe('the database', () => {
  test('keeps what was stored, in files only the owner reads', async () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'gateway-storage-')), 'not', 'there', 'yet');
    const first = await openSqliteStorage({ dataDir, log: silentLog });
    await first.identity.createTenant(tenantNamed(A));
    for (const name of ['gateway.db', 'gateway.db-wal', 'gateway.pid']) {
      assert.equal(statSync(join(dataDir, name)).mode & 0o077, 0, name);
    }
    await Promise.all([first.close(), first.close()]);
    await assert.rejects(first.identity.tenants(), { code: 'storage_unavailable' });
    const second = await openSqliteStorage({ dataDir, log: silentLog });
    assert.deepEqual(await second.identity.tenants(), [tenantNamed(A)]);
    await second.close();
    const raw = new DatabaseSync(join(dataDir, 'gateway.db'), { readOnly: true });
    assert.deepEqual({ ...raw.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' });
    raw.close();
    rmSync(dataDir, { recursive: true });
  });

  test('answers many requests of one turn in their order', async (t) => {
    const { identity } = await openWithTenants(t);
    const user = userOf(A, 'usr_1');
    const asked = [
      identity.createUser(A, user),
      identity.createKey(A, keyOf(user, 'key_1', 'h1')),
      identity.revokeKey(A, 'key_1', 5),
      identity.findKey('h1').then((holder) => holder?.key.revokedAtMs),
    ];
    assert.deepEqual(await Promise.all(asked), [undefined, undefined, true, 5]);
  });

  test('waits for another process that writes, up to databaseBusyMs', async (t) => {
    const { storage, dataDir } = await openEmpty(t);
    const other = new DatabaseSync(join(dataDir, 'gateway.db'), { timeout: limits.databaseBusyMs });
    t.after(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const asked = storage.identity.createTenant(tenantNamed(A)).then(() => 'stored');
    const first = await Promise.race([asked, wait(100, 'waiting')]);
    other.exec('COMMIT');
    assert.deepEqual([first, await asked], ['waiting', 'stored']);
  });

  test('finishes what was asked for before it closes', async (t) => {
    const { storage } = await openEmpty(t);
    const asked = storage.identity.createTenant(tenantNamed(A)).then(() => 'stored');
    await storage.close();
    assert.equal(await asked, 'stored');
  });
});
