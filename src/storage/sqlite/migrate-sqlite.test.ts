import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readMigrations, type Migration } from '../migration-files.ts';
import { migrateSqlite } from './migrate-sqlite.ts';

function migrationsOf(t: TestContext, files: Readonly<Record<string, string>>): URL {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-migrations-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  return pathToFileURL(`${folder}/`);
}

function openMemory(t: TestContext): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  t.after(() => database.close());
  return database;
}

const files = {
  '0001-first.sql': 'CREATE TABLE a (x TEXT) STRICT; CREATE TABLE b (x TEXT) STRICT;',
  '0002-second.sql': 'ALTER TABLE a ADD COLUMN y TEXT;',
  'README.md': 'not a migration',
};

test('migrations are applied in order, once', (t) => {
  const migrations = readMigrations(migrationsOf(t, files));
  const database = openMemory(t);
  assert.equal(migrateSqlite(database, migrations.slice(0, 1), 5).length, 1);
  assert.deepEqual(migrateSqlite(database, migrations, 6), ['0002-second.sql']);
  assert.deepEqual(migrateSqlite(database, migrations, 7), []);
  database.exec("INSERT INTO a (x, y) VALUES ('1', '2')");
  const applied = database.prepare('SELECT name, applied_at_ms AS at FROM schema_migration').all();
  assert.deepEqual(
    applied.map((row) => ({ ...row })),
    [
      { name: '0001-first.sql', at: 5 },
      { name: '0002-second.sql', at: 6 },
    ],
  );
});

test('a database of a newer gateway is refused', (t) => {
  const migrations = readMigrations(migrationsOf(t, files));
  const database = openMemory(t);
  migrateSqlite(database, migrations, 5);
  assert.throws(() => migrateSqlite(database, migrations.slice(0, 1), 6), {
    code: 'conflict',
    message:
      'The database was written by a newer gateway: it has migration 0002-second.sql, ' +
      'and this gateway knows 1.',
  });
});

test('a migration that was changed afterwards is refused', (t) => {
  const migrations = readMigrations(migrationsOf(t, files));
  const database = openMemory(t);
  migrateSqlite(database, migrations, 5);
  const [first, second] = migrations as [Migration, Migration];
  const changed = [first, { ...second, checksum: 'other' }];
  assert.throws(() => migrateSqlite(database, changed, 6), {
    code: 'conflict',
    message:
      'Migration 0002-second.sql is not the one this database was made with ' +
      '(0002-second.sql); restore the original file.',
  });
});

test('a migration that fails leaves nothing behind', (t) => {
  const folder = migrationsOf(t, { '0001-bad.sql': 'CREATE TABLE a (x TEXT); CREATE nonsense;' });
  const database = openMemory(t);
  assert.throws(() => migrateSqlite(database, readMigrations(folder), 5), /nonsense/);
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE name = 'a'").all();
  assert.deepEqual(tables, []);
});

test('a gap in the numbers is refused', (t) => {
  const folder = migrationsOf(t, { '0001-a.sql': 'SELECT 1', '0003-c.sql': 'SELECT 1' });
  assert.throws(() => readMigrations(folder), /0003-c\.sql is out of order/);
});
