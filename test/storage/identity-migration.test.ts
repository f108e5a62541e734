import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { silentLog } from '../../src/kernel/log.ts';
import { tenantId } from '../../src/kernel/principal.ts';
import type { Migration } from '../../src/storage/migration-files.ts';
import {
  migratePostgres,
  postgresMigrations,
} from '../../src/storage/postgres/migrate-postgres.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open-postgres-storage.ts';
import { createPostgresPool } from '../../src/storage/postgres/postgres-pool.ts';
import { migrateSqlite, sqliteMigrations } from '../../src/storage/sqlite/migrate-sqlite.ts';
import { openSqliteStorage } from '../../src/storage/sqlite/open-sqlite-storage.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { makeDatabase } from '../support/postgres-databases.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';

const before8 = (all: readonly Migration[]) => all.filter(({ version }) => version < 8);

/** What the version before kept: two tenants, people who share a name, keys in every state. */
const rows = `
INSERT INTO tenant (id, name, created_at_ms) VALUES ('ten_1', 'default', 1), ('ten_2', 'Acme', 2);
INSERT INTO account_user (tenant_id, id, name, role, password_hash, created_at_ms) VALUES
  ('ten_1', 'usr_1', 'admin', 'admin', 'scrypt$x', 10),
  ('ten_1', 'usr_2', 'Ada', 'member', NULL, 11),
  ('ten_2', 'usr_3', 'admin', 'admin', NULL, 12),
  ('ten_2', 'usr_4', 'Bob', 'member', NULL, 13),
  ('ten_2', 'usr_5', 'bob', 'member', NULL, 14);
INSERT INTO api_key (tenant_id, id, user_id, name, prefix, hash, created_at_ms, expires_at_ms,
  revoked_at_ms, scopes, access) VALUES
  ('ten_1', 'key_1', 'usr_1', 'first key', 'mgw_abcd', 'h1', 20, NULL, NULL, NULL, '[]'),
  ('ten_1', 'key_2', 'usr_2', 'laptop', 'mgw_efgh', 'h2', 21, 99, 50, '["mcp.use"]',
    '[[{"services":["a"]}]]'),
  ('ten_2', 'key_3', 'usr_3', 'first key', 'mgw_ijkl', 'h3', 22, NULL, NULL, NULL, '[]');
`;

async function checkAll({ tenants, members, accounts, apiKeys }: Storage): Promise<void> {
  const [one, two] = [tenantId('ten_1'), tenantId('ten_2')];
  const all = await tenants.list();
  assert.deepEqual(
    all.map(({ id, name, status, version }) => [id, name, status, version]),
    [
      ['ten_1', 'default', 'active', 1],
      ['ten_2', 'Acme', 'active', 1],
    ],
  );
  const people = [...(await members.list(one)), ...(await members.list(two))];
  assert.deepEqual(
    people.map(({ account, membership }) => [account.login, account.name, membership.roles]),
    [
      ['admin@default', 'admin', ['owner']],
      ['ada', 'Ada', ['developer']],
      ['admin@acme', 'admin', ['owner']],
      ['bob@acme.usr_4', 'Bob', ['developer']],
      ['bob@acme.usr_5', 'bob', ['developer']],
    ],
  );
  const first = await accounts.get('usr_1');
  assert.deepEqual([first?.passwordHash, first?.createdAtMs], ['scrypt$x', 10]);
  const found = await apiKeys.find('h1');
  assert.deepEqual(found, {
    key: {
      id: 'key_1',
      tenant: 'ten_1',
      subject: { kind: 'user', id: 'usr_1' },
      name: 'first key',
      env: 'live',
      prefix: 'mgw_abcd',
      createdAtMs: 20,
      expiresAtMs: null,
      lastUsedAtMs: null,
      scopes: null,
      access: [],
      revokedAtMs: null,
    },
    secret: { hash: 'h1', createdAtMs: 20, expiresAtMs: null },
  });
  const revoked = (await apiKeys.find('h2'))?.key;
  assert.deepEqual(
    [revoked?.expiresAtMs, revoked?.revokedAtMs, revoked?.scopes, revoked?.access],
    [99, 50, ['mcp.use'], [[{ services: ['a'] }]]],
  );
  const standings = await Promise.all([
    members.standing(one, { kind: 'user', id: 'usr_1' }),
    members.standing(two, { kind: 'user', id: 'usr_3' }),
  ]);
  assert.deepEqual(
    standings.map((standing) => [standing?.roles, standing?.isOperator]),
    [
      [['owner'], true],
      [['owner'], false],
    ],
  );
}

test('what SQLite kept before people were known once comes out right', async (t) => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'gateway-identity-')), 'data');
  mkdirSync(dataDir);
  const old = new DatabaseSync(join(dataDir, 'gateway.db'));
  old.exec('PRAGMA foreign_keys = ON');
  migrateSqlite(old, before8(sqliteMigrations()), 0);
  old.exec(rows);
  old.close();
  const storage = await openSqliteStorage({ dataDir, log: silentLog });
  t.after(async () => {
    await storage.close();
    rmSync(dataDir, { recursive: true });
  });
  assert.ok(storage.appliedMigrations.includes('0008-identity.sql'));
  await checkAll(storage);
});

const programs = findPostgres();
const skip = programs === undefined && 'PostgreSQL is not installed';
describe('what PostgreSQL kept before people were known once', { skip }, () => {
  let server: PostgresServer;
  before(async () => (server = await startPostgres(programs ?? '')));
  after(() => server[Symbol.asyncDispose]());

  test('comes out right', async (t) => {
    const database = await makeDatabase(server.url);
    const settings = { url: database.url, poolMax: 2, connectMs: 5_000, statementMs: 10_000 };
    const pool = createPostgresPool(settings, silentLog);
    await migratePostgres(pool, before8(postgresMigrations()), 0);
    await pool.withClient((client) => client.query(rows));
    await pool.close();
    const storage = await openPostgresStorage({ ...settings, log: silentLog });
    t.after(async () => {
      await storage.close();
      await database[Symbol.asyncDispose]();
    });
    await checkAll(storage);
  });
});
