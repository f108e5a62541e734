import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { textOf, type OpenedConnector } from '../../../../test/support/open-connector.ts';
import { openSqlServer, type SqlStatements } from '../../../../test/support/open-sql-server.ts';
import {
  findPostgres,
  startPostgres,
  type PostgresServer,
} from '../../../../test/support/start-postgres.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';

const programs = findPostgres();
const skip = programs === undefined ? 'no PostgreSQL server is installed' : false;

describe('statements on PostgreSQL', { skip }, () => {
  let server: PostgresServer;

  const asOwner = async (...statements: readonly string[]): Promise<unknown[]> => {
    const { port, user, password } = server;
    const client = new Client({ host: '127.0.0.1', port, user, password, database: 'postgres' });
    await client.connect();
    try {
      const rows: unknown[] = [];
      for (const statement of statements) rows.push(...(await client.query(statement)).rows);
      return rows;
    } finally {
      await client.end();
    }
  };

  before(async () => {
    server = await startPostgres(programs ?? '');
    await asOwner(
      `CREATE ROLE reader LOGIN PASSWORD 'reader-password'`,
      'CREATE TABLE item (id int PRIMARY KEY, name text UNIQUE, stock bigint CHECK (stock <> -1))',
      `INSERT INTO item VALUES (1, 'pen', 9007199254740993), (2, 'ink', 5)`,
      'CREATE TABLE hidden (secret text)',
      'CREATE FUNCTION sneak() RETURNS int LANGUAGE plpgsql VOLATILE AS ' +
        `$$ BEGIN INSERT INTO item VALUES (99, 'sneaked', 0); RETURN 1; END $$`,
      'GRANT SELECT, INSERT, UPDATE ON item TO reader',
      'CREATE TABLE noted (text text)',
      'GRANT SELECT, INSERT ON noted TO reader',
    );
  });
  after(() => server[Symbol.asyncDispose]());

  const open = (statements: SqlStatements, more?: object, allowHosts?: readonly string[]) => {
    const secrets = { PASSWORD: 'reader-password', OWNER: server.password };
    const { port } = server;
    return openSqlServer(
      { dialect: 'postgres', port, database: 'postgres', secrets },
      statements,
      more,
      allowHosts,
    );
  };
  const rowsOf = async (service: OpenedConnector, name: string, given: JsonObject = {}) => {
    const result = await service.call(name, given);
    assert.equal(result.isError, undefined, textOf(result));
    return (result.structuredContent as { rows: unknown[] }).rows;
  };

  test('are found, and give every value exactly', async () => {
    const sql = `SELECT * FROM (VALUES (
      true, 1::int2, 2147483647, 9007199254740993::int8, 9007199254740991::int8,
      0.1::float8, 'NaN'::float8, 12345678901234567890.123456789::numeric, 'x'::text,
      '\\x00ff'::bytea, '{"a": 12345678901234567890}'::jsonb, '[1.50]'::json,
      '2026-03-31'::date, '2026-03-31 09:30:00.123456'::timestamp,
      '2026-03-31 09:30:00+02'::timestamptz, 'infinity'::timestamptz, NULL::int,
      ARRAY[1, NULL, 3], ARRAY[['a"b', 'c,d'], ['NULL', '{e}\\']], '{}'::text[],
      '018f3b2c-1c2d-7e3f-8a4b-5c6d7e8f9a0b'::uuid, interval '1 day 2 hours'
    )) AS v (b, i2, i4, i8, i8s, f, nan, num, t, bytes, jb, j, d, ts, tz, inf, nul, ints, texts,
      none, u, iv)`;
    await using service = await open({ all: { sql } });
    const { instructions } = await service.upstream.discover(AbortSignal.timeout(10_000));
    assert.match(instructions ?? '', /^Statements on PostgreSQL \d/);
    assert.deepEqual(await rowsOf(service, 'all'), [
      {
        b: true,
        i2: 1,
        i4: 2_147_483_647,
        i8: '9007199254740993',
        i8s: 9_007_199_254_740_991,
        f: 0.1,
        nan: 'NaN',
        num: '12345678901234567890.123456789',
        t: 'x',
        bytes: 'AP8=',
        jb: { a: '12345678901234567890' },
        j: [1.5],
        d: '2026-03-31',
        ts: '2026-03-31T09:30:00.123456',
        tz: '2026-03-31T07:30:00Z',
        inf: 'infinity',
        nul: null,
        ints: [1, null, 3],
        texts: [
          ['a"b', 'c,d'],
          ['NULL', '{e}\\'],
        ],
        none: [],
        u: '018f3b2c-1c2d-7e3f-8a4b-5c6d7e8f9a0b',
        iv: '1 day 02:00:00',
      },
    ]);
  });

  test('take every type of value, which is never part of the statement', async () => {
    const parameters = [
      { name: 'text', type: 'string' },
      { name: 'whole', type: 'integer' },
      { name: 'exact', type: 'decimal' },
      { name: 'flag', type: 'boolean' },
      { name: 'day', type: 'date' },
      { name: 'time', type: 'timestamp' },
      { name: 'data', type: 'json' },
      { name: 'bytes', type: 'binary' },
      { name: 'names', type: 'string', list: true },
      { name: 'nothing', type: 'integer', optional: true },
    ];
    const sql = `SELECT $1::text AS text, $2::int8 AS whole, $3::numeric AS exact, $4::bool AS flag,
      $5::date AS day, $6::timestamptz AS time, $7::jsonb AS data, $8::bytea AS bytes,
      $9::text[] AS names, $10::int AS nothing`;
    await using service = await open({ echo: { sql, parameters } });
    const given = {
      text: `'; DROP TABLE item; -- "\\$1`,
      whole: '9223372036854775807',
      exact: '0.10000000000000000000001',
      flag: false,
      day: '2024-02-29',
      time: '2026-03-31T09:30:00.123456Z',
      data: { a: [1, null, "'"] },
      bytes: 'AAH/',
      names: ['a', 'b"c', '{d}', 'NULL', '\\', ''],
    };
    assert.deepEqual(await rowsOf(service, 'echo', given), [{ ...given, nothing: null }]);
    assert.match(
      await service.text('echo', { ...given, day: '2023-02-29' }),
      /"day" must be a date/,
    );
    assert.match(await service.text('echo', { ...given, text: '\0' }), /without NUL/);
    assert.match(await service.text('echo', { ...given, names: 'a' }), /"names" must be a list/);
  });

  test('cannot write unless they are said to: the database refuses', async () => {
    const insert = `INSERT INTO noted VALUES ('x')`;
    await using service = await open({
      insert: { sql: insert },
      returning: { sql: `${insert} RETURNING text` },
      with: { sql: `WITH w AS (${insert} RETURNING text) SELECT * FROM w` },
      update: { sql: 'UPDATE item SET stock = 0' },
      sneak: { sql: 'SELECT sneak()' },
      create: { sql: 'CREATE TEMP TABLE t AS SELECT 1' },
      lock: { sql: 'SELECT * FROM item FOR UPDATE' },
      sequence: { sql: `SELECT nextval('noted_seq')` },
      reopen: { sql: 'SET TRANSACTION READ WRITE' },
      written: { sql: insert, writes: true },
      many: {
        sql: `INSERT INTO noted SELECT 'y' FROM generate_series(1, 700) RETURNING text`,
        writes: true,
        rowsMax: 5,
      },
      failed: { sql: `INSERT INTO item VALUES (1, 'again', 1)`, writes: true },
    });
    await asOwner('CREATE SEQUENCE noted_seq', 'GRANT USAGE ON SEQUENCE noted_seq TO reader');
    const names = ['insert', 'returning', 'with', 'update', 'sneak', 'lock', 'sequence'];
    for (const name of names) {
      const refused = await service.call(name);
      assert.equal(refused.isError, true, name);
      const text = 'The database refused to change data: this tool only reads.';
      assert.equal(textOf(refused), text, name);
    }
    assert.match(await service.text('reopen'), /^The database refused/);
    // A temporary table is not data; it is gone with its transaction.
    await service.call('create');
    await service.call('create');
    const count = `SELECT (SELECT count(*) FROM noted)::int AS noted,
      (SELECT count(*) FROM item)::int AS items`;
    assert.deepEqual(await asOwner(count), [{ noted: 0, items: 2 }]);
    const written = (await service.call('written')).structuredContent as JsonObject;
    assert.equal(written['changedRows'], 1);
    const many = (await service.call('many')).structuredContent as JsonObject;
    assert.deepEqual([many['rowCount'], many['truncated'], many['changedRows']], [5, true, 700]);
    assert.match(await service.text('failed'), /breaks a rule .*duplicate key.*item_pkey/);
    assert.deepEqual(await asOwner(count), [{ noted: 701, items: 2 }]);
  });

  test('cannot reach past what their role may', async () => {
    const hostile: SqlStatements = {
      stacked: { sql: 'SELECT 1; DELETE FROM item' },
      program: { sql: `COPY item TO PROGRAM 'id'` },
      copyIn: { sql: 'COPY item FROM STDIN' },
      file: { sql: `SELECT pg_read_file('/etc/passwd')` },
      folder: { sql: `SELECT pg_ls_dir('/')` },
      role: { sql: 'SET ROLE owner' },
      table: { sql: 'SELECT * FROM hidden' },
      commit: { sql: 'COMMIT AND CHAIN; SELECT 1' },
      count: { sql: 'SELECT $1::int' },
      settings: { sql: `SELECT set_config('log_statement', 'none', false)` },
      dblink: { sql: `SELECT * FROM dblink('host=127.0.0.1', 'SELECT 1') AS t(a int)` },
    };
    for (const writes of [false, true]) {
      await using service = await open(
        Object.fromEntries(
          Object.entries(hostile).map(([name, one]) => [name, { ...one, writes }]),
        ),
      );
      for (const name of Object.keys(hostile)) {
        const refused = await service.call(name);
        assert.equal(refused.isError, true, `${name} ${String(writes)}`);
        assert.match(textOf(refused), /^The database refused/, name);
      }
      await using copy = await open({ out: { sql: 'COPY (SELECT 1) TO STDOUT', writes } });
      assert.deepEqual(await rowsOf(copy, 'out'), []);
    }
    assert.deepEqual(await asOwner('SELECT count(*)::int AS count FROM item'), [{ count: 2 }]);
  });

  test('are not served as a role that reaches past the database', async () => {
    const owner = { user: server.user, password: '${OWNER}' };
    const file = { file: { sql: `SELECT pg_read_file('PG_VERSION') AS version` } };
    await using refused = await open(file, owner);
    const discovered = refused.upstream.discover(AbortSignal.timeout(10_000));
    await assert.rejects(discovered, { code: 'invalid_configuration', message: /may reach files/ });
    await using allowed = await open(file, { ...owner, allowPrivilegedRole: true });
    await allowed.upstream.discover(AbortSignal.timeout(10_000));
    await asOwner('GRANT pg_read_server_files TO reader');
    await using member = await open(file);
    const again = member.upstream.discover(AbortSignal.timeout(10_000));
    await assert.rejects(again, { code: 'invalid_configuration' });
    await asOwner('REVOKE pg_read_server_files FROM reader');
  });

  test('end in time, by the database itself', { timeout: 30_000 }, async () => {
    await using service = await open(
      {
        sleep: { sql: 'SELECT pg_sleep(60)', timeoutMs: 200 },
        long: { sql: 'SELECT pg_sleep(60)' },
        quick: { sql: 'SELECT 1 AS one' },
      },
      { connectionsMax: 1 },
    );
    const started = Date.now();
    assert.equal(await service.text('sleep'), 'The statement took too long and was stopped.');
    assert.ok(Date.now() - started < 1_100, 'the database stopped it');
    assert.match(service.logged.join('\n'), /"code":"57014"/);
    assert.deepEqual(await rowsOf(service, 'quick'), [{ one: 1 }]);
    const waiting = service.call('long');
    setTimeout(() => service.cancellation.cancel('client_gone'), 100).unref();
    await assert.rejects(waiting, { code: 'cancelled' });
  });

  test('return so many rows and so many bytes, and no more', async () => {
    const count = { name: 'count', type: 'integer' };
    await using service = await open({
      rows: { sql: 'SELECT generate_series(1, $1::int) AS x', parameters: [count] },
      endless: { sql: 'SELECT generate_series(1, 1000000000) AS x' },
      wide: { sql: `SELECT repeat('x', $1::int) AS text`, parameters: [count] },
    });
    const run = async (name: string, given: JsonObject = {}) => {
      const { rowCount, truncated } = (await service.call(name, given))
        .structuredContent as JsonObject;
      return [rowCount, truncated];
    };
    const { sqlRowsMax, sqlResultBytesMax, sqlWireBytesMax } = limits;
    assert.deepEqual(await run('rows', { count: sqlRowsMax }), [sqlRowsMax, false]);
    assert.deepEqual(await run('rows', { count: sqlRowsMax + 1 }), [sqlRowsMax, true]);
    assert.deepEqual(await run('rows', { count: 0 }), [0, false]);
    assert.deepEqual(await run('endless'), [sqlRowsMax, true]);
    assert.deepEqual(await run('wide', { count: sqlResultBytesMax - 4 }), [1, false]);
    assert.deepEqual(await run('wide', { count: sqlResultBytesMax - 3 }), [0, true]);
    const tooWide = await service.call('wide', { count: sqlWireBytesMax + 1 });
    assert.equal(textOf(tooWide), 'The answer is too large; ask for less.');
    assert.deepEqual(await run('rows', { count: 1 }), [1, false]);
  });

  test('go through the guarded door, and fail in words', async () => {
    const one = { one: { sql: 'SELECT 1 AS one' } };
    const failure = async (more: object, allowHosts?: readonly string[]): Promise<string> => {
      await using service = await open(one, more, allowHosts);
      return await service.upstream.discover(AbortSignal.timeout(10_000)).then(
        () => 'none',
        (error: unknown) => (error as { code: string }).code,
      );
    };
    assert.equal(await failure({}, []), 'egress_denied');
    assert.equal(await failure({ password: 'wrong' }), 'invalid_configuration');
    assert.equal(await failure({ database: 'nowhere' }), 'invalid_configuration');
    assert.equal(await failure({ tls: 'verify' }), 'upstream_unavailable');
    assert.equal(await failure({ port: 1 }, ['127.0.0.1']), 'upstream_unavailable');
    assert.equal(await failure({}), 'none');
  });

  test('find the connection again after the database was gone', async () => {
    await using service = await open({ one: { sql: 'SELECT 1 AS one' } }, { connectionsMax: 1 });
    assert.deepEqual(await rowsOf(service, 'one'), [{ one: 1 }]);
    await asOwner(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(await rowsOf(service, 'one'), [{ one: 1 }]);
  });
});
