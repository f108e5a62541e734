import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { silentLog } from '../../src/kernel/log.ts';
import { openPostgresStorage } from '../../src/storage/postgres/open-postgres-storage.ts';
import { makeDatabase } from '../support/postgres-databases.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';

const programs = findPostgres();
const skip = programs === undefined && 'PostgreSQL is not installed';

describe('published versions on PostgreSQL', { skip }, () => {
  let server: PostgresServer;
  before(async () => (server = await startPostgres(programs ?? '')));
  after(() => server[Symbol.asyncDispose]());

  test('are changed by no statement, and drafts are', async (t) => {
    const { url, ...database } = await makeDatabase(server.url);
    t.after(() => database[Symbol.asyncDispose]());
    const settings = { url, poolMax: 2, connectMs: 5_000, statementMs: 10_000 };
    await (await openPostgresStorage({ ...settings, log: silentLog })).close();
    const client = new Client({ connectionString: url });
    await client.connect();
    await client.query(`INSERT INTO plan VALUES ('pln_1', 'one', '', 1, 1, 1)`);
    await client.query(`INSERT INTO plan_version VALUES
      ('plv_1', 'pln_1', 1, 'published', '{}', 1, 1, 1, 1),
      ('plv_2', 'pln_1', 2, 'draft', '{}', 1, 1, NULL, 1)`);
    for (const statement of [
      `UPDATE plan_version SET terms = '{"x":1}'`,
      'DELETE FROM plan_version',
      'TRUNCATE plan_version CASCADE',
    ]) {
      await assert.rejects(client.query(statement), /immutable/, statement);
    }
    await client.query(`UPDATE plan_version SET terms = '{"x":1}' WHERE id = 'plv_2'`);
    await client.query(`DELETE FROM plan_version WHERE id = 'plv_2'`);
    await client.end();
  });
});
