import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { ApiKey, Tenant, User } from '../../identity/store.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import { tenantId } from '../../kernel/principal.ts';
import type { Storage } from '../storage.ts';
import { openSqliteStorage } from './open-sqlite-storage.ts';

const A = tenantId('ten_a');

async function openEmpty(t: TestContext): Promise<{ storage: Storage; dataDir: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-storage-'));
  const storage = await openSqliteStorage({ dataDir, log: silentLog, now: () => 7 });
  t.after(async () => {
    await storage.close();
    rmSync(dataDir, { recursive: true });
  });
  return { storage, dataDir };
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
  scopes: null,
  access: [],
  revokedAtMs: null,
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
    const { identity } = (await openEmpty(t)).storage;
    const user = userOf(A, 'usr_1');
    const asked = [
      identity.createTenant(tenantNamed(A), { user, key: keyOf(user, 'key_0', 'h0') }),
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
