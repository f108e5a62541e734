import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { makeDatabase } from '../../test/support/postgres-databases.ts';
import { findPostgres, startPostgres } from '../../test/support/start-postgres.ts';
import { run } from './run.ts';

/** Runs a command line; resolves to its exit code and what it wrote. */
async function cli(...argv: readonly string[]) {
  let out = '';
  let error = '';
  const terminal = {
    out: (text: string) => void (out += text),
    error: (text: string) => void (error += text),
  };
  return { code: await run(argv, terminal), out, error };
}

const AWAY = 'postgres://me:hush@127.0.0.1:1/gateway';

describe('commands about the database', () => {
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'gateway-migrate-'))));
  after(() => rmSync(folder, { recursive: true }));

  it('bring SQLite up to date, say what they did, and refuse a newer one', async () => {
    const place = `--data-dir=${join(folder, 'lite')}`;
    const first = await cli('migrate', place);
    assert.deepEqual([first.code, first.error], [0, '']);
    assert.match(first.out, /^applied 0001-foundation\.sql\n(applied .*\n)+The database \(SQLite /);
    const again = await cli('migrate', place);
    assert.match(again.out, /^The database \(SQLite in \S+gateway\.db\) is up to date\.\n$/);
    const database = new DatabaseSync(join(folder, 'lite', 'gateway.db'));
    database.exec("INSERT INTO schema_migration VALUES (9999, '9999-later.sql', 'x', 1)");
    database.close();
    const newer = await cli('migrate', place);
    assert.equal(newer.code, 1);
    assert.match(newer.error, /^mcp-gateway: The database was written by a newer gateway: .*\n$/);
  });

  it('say in one sentence that PostgreSQL is away, without the password', async () => {
    const flags = [`--data-dir=${join(folder, 'away')}`, `--set=database.url=${AWAY}`, '--port=0'];
    const { code, out, error } = await cli('migrate', ...flags);
    assert.deepEqual([code, out], [1, '']);
    assert.match(error, /^mcp-gateway: The database at 127\.0\.0\.1:1\/gateway cannot be .*\.\n$/);
    assert.doesNotMatch(error, /hush/);
    const doctor = await cli('doctor', ...flags);
    assert.equal(doctor.code, 1);
    assert.match(
      doctor.out,
      /^FAILED +database +The database at 127\.0\.0\.1:1\/gateway cannot be/m,
    );
    const explained = await cli('config', 'explain', ...flags);
    assert.match(
      explained.out,
      /^database\.url +postgres:\/\/me:\*\*\*@127\.0\.0\.1:1\/gateway +--set/m,
    );
    assert.doesNotMatch(doctor.out + explained.out, /hush/);
  });

  const programs = findPostgres();
  const skip = programs === undefined && 'PostgreSQL is not installed';
  it('bring PostgreSQL up to date and say what they did', { skip }, async () => {
    await using server = await startPostgres(programs ?? '');
    await using database = await makeDatabase(server.url);
    const flags = [`--data-dir=${join(folder, 'post')}`, `--set=database.url=${database.url}`];
    const empty = await cli('doctor', '--port=0', ...flags);
    assert.match(empty.out, /^ok +database +PostgreSQL at .*, lacks \d+ migrations/m);
    const first = await cli('migrate', ...flags);
    assert.equal(first.code, 0, first.error);
    assert.match(first.out, /^applied 0001-foundation\.sql\n[^]*The database \(PostgreSQL at 127/);
    const again = await cli('migrate', ...flags);
    assert.match(again.out, /^The database \(PostgreSQL at \S+\) is up to date\.\n$/);
    const full = await cli('doctor', '--port=0', ...flags);
    assert.match(full.out, /^ok +database +PostgreSQL at .*, version \d\S*, up to date/m);
    assert.doesNotMatch(empty.out + first.out + full.out, /owner-password/);
  });
});
