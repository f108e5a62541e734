import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  A,
  accountOf,
  keyOf,
  memberOf,
  newTenant,
  tenantNamed,
} from '../../../test/storage/contract/fixtures.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import type { Storage } from '../storage.ts';
import { openSqliteStorage } from './open-sqlite-storage.ts';

async function openEmpty(t: TestContext): Promise<{ storage: Storage; dataDir: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-storage-'));
  const storage = await openSqliteStorage({ dataDir, log: silentLog, now: () => 7 });
  t.after(async () => {
    await storage.close();
    rmSync(dataDir, { recursive: true });
  });
  return { storage, dataDir };
}

describe('the database', () => {
  test('keeps what was stored, in files only the owner reads', async () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'gateway-storage-')), 'not', 'there', 'yet');
    const first = await openSqliteStorage({ dataDir, log: silentLog });
    await first.tenants.create(newTenant(A));
    for (const name of ['gateway.db', 'gateway.db-wal', 'gateway.pid']) {
      assert.equal(statSync(join(dataDir, name)).mode & 0o077, 0, name);
    }
    await Promise.all([first.close(), first.close()]);
    await assert.rejects(first.tenants.list(), { code: 'storage_unavailable' });
    const second = await openSqliteStorage({ dataDir, log: silentLog });
    assert.deepEqual(await second.tenants.list(), [tenantNamed(A)]);
    await second.close();
    const raw = new DatabaseSync(join(dataDir, 'gateway.db'), { readOnly: true });
    assert.deepEqual({ ...raw.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' });
    raw.close();
    rmSync(dataDir, { recursive: true });
  });

  test('answers many requests of one turn in their order', async (t) => {
    const { tenants, members, apiKeys } = (await openEmpty(t)).storage;
    const asked = [
      tenants.create(newTenant(A)),
      members.add(A, memberOf(A, 'usr_1', 'viewer'), accountOf('usr_1')),
      apiKeys.create(A, keyOf(A, 'usr_1', 'key_1', 'h1')),
      apiKeys.revoke(A, 'key_1', 5),
      apiKeys.find('h1').then((found) => found?.key.revokedAtMs),
    ];
    assert.deepEqual(await Promise.all(asked), [undefined, undefined, undefined, true, 5]);
  });

  test('waits for another process that writes, up to databaseBusyMs', async (t) => {
    const { storage, dataDir } = await openEmpty(t);
    const other = new DatabaseSync(join(dataDir, 'gateway.db'), { timeout: limits.databaseBusyMs });
    t.after(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const asked = storage.tenants.create(newTenant(A)).then(() => 'stored');
    const first = await Promise.race([asked, wait(100, 'waiting')]);
    other.exec('COMMIT');
    assert.deepEqual([first, await asked], ['waiting', 'stored']);
  });

  test('finishes what was asked for before it closes', async (t) => {
    const { storage } = await openEmpty(t);
    const asked = storage.tenants.create(newTenant(A)).then(() => 'stored');
    await storage.close();
    assert.equal(await asked, 'stored');
  });
});
