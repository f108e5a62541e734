import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test, type TestContext } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { Migration } from '../../src/storage/migration-files.ts';
import {
  migratePostgres,
  postgresMigrations,
} from '../../src/storage/postgres/migrate-postgres.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open-postgres-storage.ts';
import { createPostgresPool } from '../../src/storage/postgres/postgres-pool.ts';
import { makeDatabase } from '../support/postgres-databases.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';

const programs = findPostgres();
const skip = programs === undefined && 'PostgreSQL is not installed';
const sizes = { poolMax: 3, connectMs: 5_000, statementMs: 10_000 };

const migrationOf = (version: number, name: string, sql: string): Migration => ({
  version,
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
});

describe('PostgreSQL as the engine', { skip }, () => {
  let server: PostgresServer;
  before(async () => (server = await startPostgres(programs ?? '')));
  after(() => server[Symbol.asyncDispose]());

  const openDatabase = async (t: TestContext) => {
    const { url, ...database } = await makeDatabase(server.url);
    const pool = createPostgresPool({ url, ...sizes }, silentLog);
    t.after(async () => {
      await pool.close();
      await database[Symbol.asyncDispose]();
    });
    return { url, pool };
  };

  test('gateways that start at once migrate one after the other', async (t) => {
    const { url } = await openDatabase(t);
    const opened = await Promise.all(
      [1, 2, 3, 4].map(() => openPostgresStorage({ url, ...sizes, log: silentLog })),
    );
    const names = postgresMigrations().map(({ name }) => name);
    const applied = opened.map(({ appliedMigrations }) => appliedMigrations);
    assert.deepEqual(applied.flat(), names);
    await Promise.all(opened.map((storage) => storage.close()));
  });

  test('migrations are applied all or none, with databaseMigrationMs to do it', async (t) => {
    const { pool } = await openDatabase(t);
    const first = migrationOf(
      1,
      '0001-a.sql',
      `CREATE TABLE a (x text); INSERT INTO a VALUES (current_setting('statement_timeout'));`,
    );
    const broken = migrationOf(2, '0002-b.sql', 'CREATE nonsense');
    await assert.rejects(migratePostgres(pool, [first, broken], 1), /nonsense/);
    const none = await pool.query(`SELECT to_regclass('a') AS a`, []);
    assert.deepEqual(none.rows, [{ a: null }]);
    assert.deepEqual(await migratePostgres(pool, [first], 1), ['0001-a.sql']);
    assert.deepEqual(await migratePostgres(pool, [first], 2), []);
    const { rows } = await pool.query('SELECT x FROM a', []);
    assert.deepEqual(rows, [{ x: `${limits.databaseMigrationMs / 60_000}min` }]);
  });

  test('a database of a newer gateway, or of another history, is refused', async (t) => {
    const { pool } = await openDatabase(t);
    const first = migrationOf(1, '0001-a.sql', 'CREATE TABLE a (x text)');
    const second = migrationOf(2, '0002-b.sql', 'CREATE TABLE b (x text)');
    await migratePostgres(pool, [first, second], 1);
    const newer = { code: 'conflict', message: /written by a newer gateway.*0002-b\.sql/ };
    await assert.rejects(migratePostgres(pool, [first], 2), newer);
    const changed = [first, { ...second, checksum: 'other' }];
    const other = { code: 'conflict', message: /0002-b\.sql is not the one/ };
    await assert.rejects(migratePostgres(pool, changed, 2), other);
  });

  test('a database that cannot be used is one sentence without the password', async (t) => {
    const { url } = await openDatabase(t);
    const wrong = new URL(url);
    wrong.password = 'wrong-password';
    const nowhere = 'postgres://me:hush@127.0.0.1:1/none';
    const said = [
      [wrong.href, /^The database at 127\.0\.0\.1:\d+\/test_\w+ cannot be used: [^\n]+\.$/],
      [nowhere, /^The database at 127\.0\.0\.1:1\/none cannot be reached: [^\n]+\.$/],
    ] as const;
    for (const [place, message] of said) {
      await assert.rejects(
        openPostgresStorage({ url: place, ...sizes, log: silentLog }),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'storage_unavailable');
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /hush|wrong-password/);
          return true;
        },
      );
    }
  });

  test('a connection that breaks is replaced, and idle ones go after databaseIdleMs', async (t) => {
    const { pool } = await openDatabase(t);
    assert.ok(limits.databaseIdleMs > 0);
    const own = await pool.query('SELECT pg_backend_pid() AS pid', []);
    await assert.rejects(pool.query('SELECT pg_terminate_backend($1)', [own.rows[0].pid]), {
      code: 'storage_unavailable',
    });
    const again = await pool.query('SELECT pg_backend_pid() AS pid', []);
    assert.notEqual(again.rows[0].pid, own.rows[0].pid);
    // One that is lent out and broken by another must not end the process either.
    await assert.rejects(
      pool.withClient(async (client) => {
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await pool.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
        await client.query('SELECT pg_sleep(0.1)');
      }),
    );
    assert.equal((await pool.query('SELECT 1 AS one', [])).rows[0].one, 1);
  });
});
