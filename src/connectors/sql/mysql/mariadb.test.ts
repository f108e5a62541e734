import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { textOf, type OpenedConnector } from '../../../../test/support/open-connector.ts';
import { openSqlServer, type SqlStatements } from '../../../../test/support/open-sql-server.ts';
import {
  findMariadb,
  startMariadb,
  type MariadbServer,
} from '../../../../test/support/start-mariadb.ts';
import { untilReady } from '../../../../test/support/database-folder.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';

const programs = findMariadb();
const skip = programs === undefined ? 'no MariaDB server is installed' : false;

describe('statements on MariaDB', { skip }, () => {
  let server: MariadbServer;

  before(async () => {
    if (programs === undefined) return;
    server = await startMariadb(programs);
    await server.run(
      'CREATE DATABASE shop',
      'USE shop',
      'CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(40) UNIQUE, stock BIGINT)',
      `INSERT INTO item VALUES (1, 'pen', 9007199254740993), (2, 'ink', 5)`,
      'CREATE TABLE noted (text VARCHAR(40))',
      'CREATE TABLE hidden (secret TEXT)',
      `CREATE FUNCTION sneak() RETURNS INT MODIFIES SQL DATA
        BEGIN INSERT INTO noted VALUES ('sneaked'); RETURN 1; END`,
      'CREATE PROCEDURE twice() BEGIN SELECT 1 AS a; SELECT 2 AS b; END',
      `CREATE PROCEDURE ends() BEGIN COMMIT; INSERT INTO noted VALUES ('ended'); END`,
      'CREATE SEQUENCE numbers',
      'CREATE TABLE plain (a INT) ENGINE = MyISAM',
      `CREATE TABLE every_type (
        tiny TINYINT, wide BIGINT, huge BIGINT UNSIGNED, exact DECIMAL(38, 10), half DOUBLE,
        day DATE, at DATETIME(6), stamp TIMESTAMP(6), clock TIME(3), made YEAR, data JSON,
        bytes VARBINARY(8), file BLOB, bits BIT(10), name VARCHAR(20), kind ENUM('a', 'b'),
        tags SET('x', 'y'), code UUID, place POINT, nothing INT)`,
      `INSERT INTO every_type VALUES (
        -7, 9007199254740993, 18446744073709551615, 12345678901234567890.1234567890, 0.5,
        '2026-03-31', '2026-03-31 09:30:00.123456', '2026-03-31 09:30:00.123456', '-12:30:00.5',
        2026, '{"a": 12345678901234567890, "b": [1.50, null]}', X'00FF', X'00FF80', b'1000000001',
        'é€😀', 'b', 'x,y', '018f3b2c-1c2d-7e3f-8a4b-5c6d7e8f9a0b', POINT(1, 2.5), NULL)`,
      `CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'reader-password'`,
      `GRANT ALL ON shop.* TO reader@'127.0.0.1'`,
      `CREATE USER narrow@'127.0.0.1' IDENTIFIED BY 'reader-password'`,
      `GRANT SELECT ON shop.item TO narrow@'127.0.0.1'`,
    );
  });
  after(() => server[Symbol.asyncDispose]());

  const open = (statements: SqlStatements, more?: object, allowHosts?: readonly string[]) => {
    const secrets = { PASSWORD: 'reader-password', OWNER: server.password };
    const { port } = server;
    return openSqlServer(
      { dialect: 'mysql', port, database: 'shop', secrets },
      statements,
      more,
      allowHosts,
    );
  };
  const answerOf = async (service: OpenedConnector, name: string, given: JsonObject = {}) => {
    const result = await service.call(name, given);
    assert.equal(result.isError, undefined, textOf(result));
    return result.structuredContent as JsonObject & { readonly rows: readonly JsonObject[] };
  };
  /** Waits until the database says that it has so many connections of the reader. */
  const untilProcesses = (condition: string, wanted: number): Promise<void> =>
    untilReady(async () => {
      const sql = `SELECT COUNT(*) AS count FROM information_schema.processlist
        WHERE user = 'reader' AND ${condition}`;
      assert.deepEqual(await server.run(sql), [{ count: wanted }]);
    }, 10_000);
  const count = (table: string) => server.run(`SELECT COUNT(*) AS count FROM shop.${table}`);

  test('give every value exactly', async () => {
    await using service = await open({ all: { sql: 'SELECT * FROM every_type' } });
    const { instructions } = await service.upstream.discover(AbortSignal.timeout(10_000));
    assert.match(instructions ?? '', /^Statements on MariaDB \d/);
    const { columns, rows } = await answerOf(service, 'all');
    assert.deepEqual(rows, [
      {
        tiny: -7,
        wide: '9007199254740993',
        huge: '18446744073709551615',
        exact: '12345678901234567890.1234567890',
        half: 0.5,
        day: '2026-03-31',
        at: '2026-03-31T09:30:00.123456',
        stamp: '2026-03-31T09:30:00.123456Z',
        clock: '-12:30:00.5',
        made: 2026,
        data: { a: '12345678901234567890', b: [1.5, null] },
        bytes: 'AP8=',
        file: 'AP+A',
        bits: 'AgE=',
        name: 'é€😀',
        kind: 'b',
        tags: 'x,y',
        code: '018f3b2c-1c2d-7e3f-8a4b-5c6d7e8f9a0b',
        place: { x: 1, y: 2.5 },
        nothing: null,
      },
    ]);
    const types = (columns as readonly { readonly type: string }[]).map(({ type }) => type);
    const first = 'integer integer integer decimal number date timestamp timestamp text integer';
    const rest = 'json binary binary binary text text text text json integer';
    assert.equal(types.join(' '), `${first} ${rest}`);
  });

  test('give the first answer of a procedure that gives several, and say so', async () => {
    await using service = await open({ twice: { sql: 'CALL twice()' } });
    const { rows, truncated } = await answerOf(service, 'twice');
    assert.deepEqual([rows, truncated], [[{ a: 1 }], true]);
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
      { name: 'nothing', type: 'integer', optional: true },
    ];
    const sql = `SELECT ? AS text, CAST(? AS SIGNED) AS whole, CAST(? AS DECIMAL(40, 23)) AS exact,
      ? AS flag, CAST(? AS DATE) AS day, CAST(? AS DATETIME(6)) AS time,
      JSON_EXTRACT(?, '$.a[1]') AS data, CAST(? AS BINARY(3)) AS bytes, ? AS nothing`;
    await using service = await open({ echo: { sql, parameters } });
    const given = {
      text: `'; DROP TABLE item; -- "\\?`,
      whole: '9223372036854775807',
      exact: '0.10000000000000000000001',
      flag: true,
      day: '2024-02-29',
      time: '2026-03-31T01:30:00.123456+02:00',
      data: { a: [1, "it's"] },
      bytes: 'AAH/',
    };
    const { rows } = await answerOf(service, 'echo', given);
    assert.deepEqual(rows, [
      {
        ...given,
        flag: 1,
        time: '2026-03-30T23:30:00.123456',
        data: "it's",
        nothing: null,
      },
    ]);
    assert.deepEqual(await count('item'), [{ count: 2 }]);
  });

  test('cannot write unless they are said to: the database refuses', async () => {
    const insert = `INSERT INTO noted VALUES ('x')`;
    await using service = await open({
      insert: { sql: insert },
      returning: { sql: `${insert} RETURNING text` },
      update: { sql: 'UPDATE item SET stock = 0' },
      remove: { sql: 'DELETE FROM item' },
      sneak: { sql: 'SELECT sneak()' },
      ends: { sql: 'CALL ends()' },
      sequence: { sql: 'SELECT NEXTVAL(numbers)' },
      plain: { sql: 'INSERT INTO plain VALUES (1)' },
      drop: { sql: 'DROP TABLE noted' },
      create: { sql: 'CREATE TEMPORARY TABLE t (a INT)' },
      reopen: { sql: 'START TRANSACTION READ WRITE' },
      written: { sql: insert, writes: true },
      many: { sql: `INSERT INTO noted VALUES ('y'), ('z') RETURNING text`, writes: true },
      failed: { sql: `INSERT INTO item VALUES (1, 'again', 1)`, writes: true },
    });
    const names = ['insert', 'returning', 'update', 'remove', 'sneak', 'ends', 'sequence', 'plain'];
    for (const name of [...names, 'drop']) {
      const refused = await service.call(name);
      assert.equal(refused.isError, true, name);
      const text = 'The database refused to change data: this tool only reads.';
      assert.equal(textOf(refused), text, name);
    }
    // Whatever these answer, what follows on their connection is as restricted as before.
    for (const name of ['create', 'reopen']) {
      await service.call(name);
      assert.match(await service.text('insert'), /refused to change data/, name);
    }
    assert.deepEqual(await count('noted'), [{ count: 0 }]);
    assert.equal((await answerOf(service, 'written'))['changedRows'], 1);
    assert.deepEqual((await answerOf(service, 'many')).rows, [{ text: 'y' }, { text: 'z' }]);
    assert.match(await service.text('failed'), /breaks a rule of the database: Duplicate entry/);
    assert.deepEqual(await count('noted'), [{ count: 3 }]);
    assert.deepEqual(await count('item'), [{ count: 2 }]);
  });

  test('cannot reach past what their user may', async () => {
    const hostile: Record<string, string> = {
      stacked: 'SELECT 1; DELETE FROM item',
      table: 'SELECT * FROM hidden',
      accounts: 'SELECT * FROM mysql.global_priv',
      settings: 'SET GLOBAL read_only = 0',
      file: `SELECT 1 INTO OUTFILE '/tmp/never-written-by-a-test'`,
      local: `LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE item`,
      missing: 'SELECT ?, ?',
    };
    for (const writes of [false, true]) {
      const statements = Object.entries(hostile).map(([name, sql]) => [name, { sql, writes }]);
      await using service = await open(Object.fromEntries(statements), { user: 'narrow' });
      for (const name of Object.keys(hostile)) {
        const refused = await service.call(name);
        assert.equal(refused.isError, true, `${name} ${String(writes)}`);
        assert.match(textOf(refused), /^The database refused/, name);
      }
    }
    assert.deepEqual(await count('item'), [{ count: 2 }]);
    const owner = { user: server.user, password: '${OWNER}' };
    await using privileged = await open({ one: { sql: 'SELECT 1' } }, owner);
    const discovered = privileged.upstream.discover(AbortSignal.timeout(10_000));
    await assert.rejects(discovered, { code: 'invalid_configuration', message: /may reach files/ });
  });

  test(
    'end in time by the database itself, and when nobody waits',
    { timeout: 30_000 },
    async () => {
      await using service = await open(
        {
          sleep: { sql: 'SELECT SLEEP(60)', timeoutMs: 200 },
          long: { sql: 'SELECT SUM(seq % 7) AS counted FROM seq_1_to_100000000000' },
          quick: { sql: 'SELECT 1 AS one' },
        },
        { connectionsMax: 1 },
      );
      assert.equal(await service.text('sleep'), 'The statement took too long and was stopped.');
      // The database's own number: nobody cut it off here.
      assert.match(service.logged.join('\n'), /"code":"1969"/);
      assert.deepEqual((await answerOf(service, 'quick')).rows, [{ one: 1 }]);
      const waiting = service.call('long').catch((error: unknown) => error);
      await untilProcesses(`info LIKE '%counted%'`, 1);
      service.cancellation.cancel('client_gone');
      assert.equal(((await waiting) as { code: string }).code, 'cancelled');
      await untilProcesses(`info LIKE '%counted%'`, 0);
    },
  );

  test('return so many rows and so many bytes, and no more', async () => {
    const size = { name: 'size', type: 'integer' };
    const series = (until: string): string => `SELECT seq AS x FROM seq_1_to_${until}`;
    const { sqlRowsMax, sqlResultBytesMax, sqlWireBytesMax } = limits;
    await using service = await open({
      all: { sql: series(String(sqlRowsMax)) },
      more: { sql: series(String(sqlRowsMax + 1)) },
      endless: { sql: series('1000000000') },
      few: { sql: series('1000'), rowsMax: 3 },
      wide: { sql: `SELECT REPEAT('x', ?) AS text`, parameters: [size] },
    });
    const run = async (name: string, given: JsonObject = {}) => {
      const { rowCount, truncated } = await answerOf(service, name, given);
      return [rowCount, truncated];
    };
    assert.deepEqual(await run('all'), [sqlRowsMax, false]);
    assert.deepEqual(await run('more'), [sqlRowsMax, true]);
    assert.deepEqual(await run('endless'), [sqlRowsMax, true]);
    assert.deepEqual(await run('few'), [3, true]);
    assert.deepEqual(await run('wide', { size: sqlResultBytesMax - 4 }), [1, false]);
    assert.deepEqual(await run('wide', { size: sqlResultBytesMax - 3 }), [0, true]);
    await server.run(`SET GLOBAL max_allowed_packet = ${sqlWireBytesMax * 4}`);
    const text = { sql: `SELECT REPEAT('x', ?) AS text`, parameters: [size] };
    await using wider = await open({ wide: text });
    // One that ends within the bytes that were too many, and one that goes on after them.
    for (const tooMany of [sqlWireBytesMax + 1, sqlWireBytesMax * 2]) {
      const tooWide = await wider.call('wide', { size: tooMany });
      assert.equal(textOf(tooWide), 'The answer is too large; ask for less.');
      assert.deepEqual((await answerOf(wider, 'wide', { size: 1 })).rows, [{ text: 'x' }]);
    }
  });

  test('go through the guarded door, and fail in words', async () => {
    const failure = async (more: object, allowHosts?: readonly string[]): Promise<string> => {
      await using service = await open({ one: { sql: 'SELECT 1' } }, more, allowHosts);
      return await service.upstream.discover(AbortSignal.timeout(10_000)).then(
        () => 'none',
        (error: unknown) => (error as { code: string }).code,
      );
    };
    assert.equal(await failure({}, []), 'egress_denied');
    assert.equal(await failure({ password: 'wrong' }), 'invalid_configuration');
    assert.equal(await failure({ database: 'nowhere' }), 'invalid_configuration');
    assert.equal(await failure({ tls: 'verify' }), 'upstream_unavailable');
    assert.equal(await failure({}), 'none');
  });

  test('find the connection again after the database was gone', async () => {
    const statements = { one: { sql: 'SELECT 1 AS one' }, long: { sql: 'SELECT SLEEP(50)' } };
    await using service = await open(statements, { connectionsMax: 1 });
    assert.deepEqual((await answerOf(service, 'one')).rows, [{ one: 1 }]);
    const end = async (): Promise<void> => {
      await server.run(`KILL USER 'reader'@'127.0.0.1'`);
      await untilProcesses('TRUE', 0);
      // What the database did must still arrive here.
      await new Promise((resolve) => setTimeout(resolve, 200));
    };
    await end();
    assert.deepEqual((await answerOf(service, 'one')).rows, [{ one: 1 }]);
    const waiting = service.call('long').catch((error: unknown) => error);
    await untilProcesses(`info LIKE '%SLEEP%'`, 1);
    const started = Date.now();
    await end();
    assert.equal(((await waiting) as { code: string }).code, 'upstream_failed');
    assert.ok(Date.now() - started < 5_000, 'said long before the statement would have ended');
    assert.deepEqual((await answerOf(service, 'one')).rows, [{ one: 1 }]);
  });
});
