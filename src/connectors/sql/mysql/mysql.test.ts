import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  lengthCoded,
  startFakeMysql,
  type FakeAnswer,
  type FakeMysql,
} from '../../../../test/support/fake-mysql.ts';
import { openSqlServer, type SqlStatements } from '../../../../test/support/open-sql-server.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';

const text = (name: string): { name: string; type: number } => ({ name, type: 253 });

/** Answers what every connection asks, and the rest by `answer`. */
function start(
  version: string,
  answer: (sql: string, values: readonly unknown[] | undefined) => FakeAnswer | undefined,
  grant = 'GRANT SELECT ON `shop`.* TO `reader`@`%`',
): Promise<FakeMysql> {
  return startFakeMysql(version, (sql, values) => {
    if (sql === 'SELECT VERSION()') {
      return { columns: [text('v')], rows: [[lengthCoded(version)]] };
    }
    if (sql === 'SHOW GRANTS') return { columns: [text('g')], rows: [[lengthCoded(grant)]] };
    return answer(sql, values);
  });
}

const open = ({ port }: FakeMysql, statements: SqlStatements, more: object = {}) =>
  openSqlServer(
    { dialect: 'mysql', port, database: 'shop', secrets: { PASSWORD: 'p' } },
    statements,
    more,
  );

/** These drive the wire; what a real server enforces is its own. */
describe('statements on the wire of MySQL', () => {
  test('run prepared, in a transaction of the right kind, bounded by the server', async () => {
    await using server = await start('8.4.0', (sql) =>
      sql.startsWith('UPDATE') ? { affectedRows: 3 } : undefined,
    );
    await using service = await open(server, {
      read: { sql: 'SELECT ?', parameters: [{ name: 'a', type: 'string' }], timeoutMs: 1_500 },
      write: { sql: 'UPDATE t SET a = 1', writes: true },
    });
    await service.call('read', { a: "' OR 1=1; DROP TABLE t" });
    const read = server.events.map(({ kind, sql }) => `${kind} ${sql}`);
    assert.deepEqual(read.slice(-7), [
      'query SET SESSION TRANSACTION READ ONLY',
      `query SET SESSION sql_select_limit = ${limits.sqlRowsMax + 1}`,
      'query SET SESSION max_execution_time = 1500',
      'query START TRANSACTION READ ONLY',
      'prepare SELECT ?',
      'execute SELECT ?',
      'query ROLLBACK',
    ]);
    const before = server.events.length;
    const written = await service.call('write');
    assert.equal((written.structuredContent as JsonObject)['changedRows'], 3);
    assert.deepEqual(
      server.events
        .slice(before)
        .map(({ sql }) => sql)
        .filter((sql) => /TRANSACTION|COMMIT|limit/.test(sql)),
      [
        'SET SESSION TRANSACTION READ WRITE',
        'SET SESSION sql_select_limit = DEFAULT',
        'START TRANSACTION READ WRITE',
        'COMMIT',
      ],
    );
  });

  test('bind every type of value apart from the text', async () => {
    let seen: readonly unknown[] | undefined;
    await using server = await start('8.4.0', (_sql, values) => {
      seen = values ?? seen;
      return undefined;
    });
    const types = ['string', 'integer', 'number', 'decimal', 'boolean', 'date', 'timestamp'];
    const parameters = [...types, 'json', 'binary'].map((type) => ({ name: type, type }));
    const again = { name: 'gone', type: 'string', optional: true };
    const sql = `SELECT ${'?, '.repeat(10)}?`;
    const placeholders = [...parameters.map(({ name }) => name), 'gone', 'string'];
    await using service = await open(server, {
      echo: { sql, parameters: [...parameters, again], placeholders },
    });
    const given = {
      string: `'; -- \\`,
      integer: '9223372036854775807',
      number: 0.5,
      decimal: '0.10000000000000000000001',
      boolean: true,
      date: '2024-02-29',
      timestamp: '2026-03-31T01:30:00.123456+02:00',
      json: { a: 1 },
      binary: 'AAH/',
    };
    await service.call('echo', given);
    assert.deepEqual(seen, [
      `'; -- \\`,
      '9223372036854775807',
      0.5,
      '0.10000000000000000000001',
      1,
      '2024-02-29',
      '2026-03-30 23:30:00.123456',
      '{"a":1}',
      Buffer.of(0, 1, 255),
      null,
      `'; -- \\`,
    ]);
  });

  test('give every value exactly', async () => {
    const wide = Buffer.from(new BigInt64Array([9_007_199_254_740_993n]).buffer);
    const small = Buffer.from(new Int32Array([-7]).buffer);
    const double = Buffer.from(new Float64Array([0.1]).buffer);
    const day = Buffer.from([4, 0xea, 0x07, 3, 31]);
    const time = Buffer.from([11, 0xea, 0x07, 3, 31, 9, 30, 0, 0x40, 0xe2, 0x01, 0]);
    await using server = await start('8.4.0', (sql) =>
      sql === 'SELECT values'
        ? {
            columns: [
              { name: 'wide', type: 8 },
              { name: 'small', type: 3 },
              { name: 'double', type: 5 },
              { name: 'exact', type: 246 },
              { name: 'day', type: 10 },
              { name: 'stamp', type: 7 },
              { name: 'local', type: 12 },
              { name: 'json', type: 245 },
              { name: 'bytes', type: 252, charset: 63 },
              { name: 'text', type: 253 },
              { name: 'nothing', type: 253 },
            ],
            rows: [
              [
                wide,
                small,
                double,
                lengthCoded('12345678901234567890.10'),
                day,
                time,
                time,
                lengthCoded('{"n":12345678901234567890}'),
                lengthCoded(Buffer.of(0, 255)),
                lengthCoded('é'),
                null,
              ],
            ],
          }
        : undefined,
    );
    await using service = await open(server, { values: { sql: 'SELECT values' } });
    const result = (await service.call('values')).structuredContent as JsonObject;
    assert.deepEqual(result['rows'], [
      {
        wide: '9007199254740993',
        small: -7,
        double: 0.1,
        exact: '12345678901234567890.10',
        day: '2026-03-31',
        stamp: '2026-03-31T09:30:00.123456Z',
        local: '2026-03-31T09:30:00.123456',
        json: { n: '12345678901234567890' },
        bytes: 'AP8=',
        text: 'é',
        nothing: null,
      },
    ]);
    const types = (result['columns'] as { type: string }[]).map(({ type }) => type);
    const numbers = ['integer', 'integer', 'number', 'decimal', 'date'];
    assert.deepEqual(types, [
      ...numbers,
      'timestamp',
      'timestamp',
      'json',
      'binary',
      'text',
      'text',
    ]);
  });

  test('are refused in words', async () => {
    const errors: Record<string, readonly [number, string, RegExp]> = {
      write: [1792, '25006', /^The database refused to change data/],
      late: [3024, 'HY000', /took too long/],
      lateMaria: [1969, '70100', /took too long/],
      locked: [1205, 'HY000', /is busy/],
      twice: [1062, '23000', /breaks a rule of the database: Duplicate entry/],
      value: [1264, '22003', /A value does not fit: Duplicate entry/],
      table: [1146, '42S02', /^The database refused the statement\.$/],
    };
    await using server = await start('8.4.0', (sql) => {
      const [errno, sqlState] = errors[sql] ?? [];
      if (errno === undefined || sqlState === undefined) return undefined;
      return { errno, sqlState, message: 'Duplicate entry' };
    });
    const names = Object.keys(errors);
    await using service = await open(
      server,
      Object.fromEntries(names.map((name) => [name, { sql: name }])),
    );
    for (const name of names)
      assert.match(await service.text(name), errors[name]?.[2] ?? /x/, name);
    const rolledBack = server.events.filter(({ sql }) => sql === 'ROLLBACK').length;
    assert.equal(rolledBack, names.length);
  });

  test('know MariaDB, privileged users, and servers that do not answer', async () => {
    await using maria = await start('10.11.19-MariaDB', () => undefined);
    await using service = await open(maria, { one: { sql: 'SELECT 1', timeoutMs: 1_500 } });
    const { instructions } = await service.upstream.discover(AbortSignal.timeout(5_000));
    assert.equal(instructions, 'Statements on MariaDB 10.11.19-MariaDB.');
    await service.call('one');
    assert.ok(maria.events.some(({ sql }) => sql === 'SET SESSION max_statement_time = 1.5'));
    const all = 'GRANT ALL PRIVILEGES ON *.* TO `root`@`%`';
    await using root = await start('8.4.0', () => undefined, all);
    await using privileged = await open(root, { one: { sql: 'SELECT 1' } });
    const refused = privileged.upstream.discover(AbortSignal.timeout(5_000));
    await assert.rejects(refused, { code: 'invalid_configuration', message: /may reach files/ });
    await using secure = await open(root, { one: { sql: 'SELECT 1' } }, { tls: 'verify' });
    await assert.rejects(secure.call('one'), { code: 'upstream_unavailable' });
    await using silent = await start('8.4.0', (sql) => (sql === 'slow' ? 'silence' : undefined));
    await using slow = await open(silent, { slow: { sql: 'slow', timeoutMs: 100 } });
    assert.equal(await slow.text('slow'), 'The statement took too long and was stopped.');
  });
});
