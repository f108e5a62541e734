import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  openConnector,
  textOf,
  type OpenedConnector,
} from '../../../../test/support/open-connector.ts';
import { startChildServer } from '../../../../test/support/start-child-server.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { sqlConnector } from '../connector.ts';
import { countPlaceholders } from './count-placeholders.ts';

/** A process that has ended may wait for its parent to notice: that is dead too. */
function isAlive(processId: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${processId}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const ENDLESS = `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)
  SELECT count(*) FROM n`;

interface Statement {
  readonly sql: string;
  readonly writes?: boolean;
  readonly parameters?: readonly object[];
  readonly [more: string]: unknown;
}

describe('statements on a SQLite file', () => {
  let folder: string;
  let file: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sqlite-'));
    file = join(folder, 'shop.db');
    using database = new DatabaseSync(file);
    database.exec(`
      CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price REAL,
        stock INTEGER CHECK (stock <> -1), data BLOB);
      INSERT INTO item VALUES
        (1, 'pen', 1.5, 9007199254740993, x'0102ff'), (2, 'ink', 1e400, -9223372036854775808, NULL);
      CREATE TABLE log (text TEXT)`);
  });
  after(() => rm(folder, { recursive: true }));

  const open = (
    statements: Record<string, Statement>,
    more: object = {},
  ): Promise<OpenedConnector> =>
    openConnector(sqlConnector, {
      dialect: 'sqlite',
      file,
      statements: Object.entries(statements).map(([name, one]) => ({
        name,
        description: name,
        ...one,
      })),
      ...more,
    });
  const rowsOf = async (service: OpenedConnector, name: string, given: JsonObject = {}) =>
    ((await service.call(name, given)).structuredContent as { rows: unknown[] }).rows;

  test('are tools with typed arguments', async () => {
    const id = { name: 'id', type: 'integer', description: 'Its number.', minimum: 1 };
    await using service = await open({
      item: { sql: 'SELECT name FROM item WHERE id = ?', parameters: [id] },
    });
    const discovery = await service.upstream.discover(AbortSignal.timeout(10_000));
    assert.match(discovery.instructions ?? '', /^Statements on SQLite 3\./);
    const [tool] = await service.tools();
    assert.deepEqual(tool?.inputSchema, {
      type: 'object',
      properties: {
        id: { type: ['integer', 'string'], minimum: 1, description: 'Its number.' },
      },
      required: ['id'],
      additionalProperties: false,
    });
    assert.deepEqual(tool?.annotations, { readOnlyHint: true });
    assert.deepEqual((await service.call('item', { id: 1 })).structuredContent, {
      columns: [{ name: 'name', type: 'any' }],
      rows: [{ name: 'pen' }],
      rowCount: 1,
      truncated: false,
    });
    assert.equal(
      await service.text('item', { id: "1' OR 1=1" }),
      'Argument "id" must be a whole number; one above 2^53 as text.',
    );
    assert.match(await service.text('item', { id: 0 }), /Argument "id" must be from 1 to/);
    assert.match(await service.text('item'), /Argument "id" is missing/);
    assert.match(await service.text('item', { id: 1, x: 1 }), /the tool takes: id\./);
  });

  test('give every value exactly', async () => {
    await using service = await open({
      all: { sql: 'SELECT *, id AS name FROM item ORDER BY id' },
    });
    assert.deepEqual(await rowsOf(service, 'all'), [
      { id: 1, name: 'pen', price: 1.5, stock: '9007199254740993', data: 'AQL/', name_2: 1 },
      {
        id: 2,
        name: 'ink',
        price: 'Infinity',
        stock: '-9223372036854775808',
        data: null,
        name_2: 2,
      },
    ]);
  });

  test('take every type of value, which is never part of the statement', async () => {
    const types = ['string', 'integer', 'number', 'decimal', 'boolean', 'date', 'timestamp'];
    const parameters = [...types, 'uuid', 'json', 'binary'].map((type) => ({
      name: type,
      type,
      optional: true,
    }));
    const sql = `SELECT ${parameters.map(({ name }) => `? AS ${name}`).join(', ')},
      typeof(?1) AS t1, typeof(?2) AS t2, typeof(?10) AS t10`;
    await using service = await open({ echo: { sql, parameters } });
    const given = {
      string: `'; DROP TABLE item; -- "\\`,
      integer: '9223372036854775807',
      number: 0.1,
      decimal: '0.10000000000000000000001',
      boolean: true,
      date: '2024-02-29',
      timestamp: '2026-03-31T09:30:00.123456789Z',
      uuid: '018f3b2c-1c2d-7e3f-8a4b-5c6d7e8f9a0b',
      json: { a: [1, null] },
      binary: 'AAH/',
    };
    assert.deepEqual(await rowsOf(service, 'echo', given), [
      { ...given, boolean: 1, json: '{"a":[1,null]}', t1: 'text', t2: 'integer', t10: 'blob' },
    ]);
    const [nothing] = (await rowsOf(service, 'echo')) as Record<string, unknown>[];
    assert.equal(nothing?.['string'], null);
  });

  test('cannot write unless they are said to', async () => {
    const insert = "INSERT INTO log VALUES ('x')";
    await using service = await open({
      insert: { sql: insert },
      update: { sql: 'UPDATE item SET name = name' },
      remove: { sql: 'DELETE FROM item' },
      create: { sql: 'CREATE TABLE made (a)' },
      temporary: { sql: 'CREATE TEMP TABLE made (a)' },
      returning: { sql: `${insert} RETURNING text` },
      count: { sql: 'SELECT count(*) AS count FROM log' },
      written: { sql: insert, writes: true },
      writtenRows: { sql: `${insert} RETURNING text`, writes: true },
    });
    for (const name of ['insert', 'update', 'remove', 'create', 'temporary', 'returning']) {
      const refused = await service.call(name);
      assert.equal(refused.isError, true, name);
      const text = 'The database refused to change data: this tool only reads.';
      assert.equal(textOf(refused), text, name);
    }
    assert.deepEqual(await rowsOf(service, 'count'), [{ count: 0 }]);
    const written = await service.call('written');
    assert.equal((written.structuredContent as JsonObject)['changedRows'], 1);
    const back = (await service.call('writtenRows')).structuredContent as JsonObject;
    assert.deepEqual([back['rows'], back['changedRows']], [[{ text: 'x' }], 1]);
    assert.deepEqual(await rowsOf(service, 'count'), [{ count: 2 }]);
    const hints = (await service.tools()).map(({ annotations }) => annotations?.['readOnlyHint']);
    assert.deepEqual(hints, [true, true, true, true, true, true, true, false, false]);
  });

  test('cannot leave their file, their statement or their transaction', async () => {
    const other = join(folder, 'other.db');
    const hostile: Record<string, string> = {
      attach: `ATTACH '${other}' AS other`,
      vacuum: `VACUUM INTO '${other}'`,
      pragma: 'PRAGMA query_only = OFF',
      journal: 'PRAGMA journal_mode = WAL',
      schema: 'PRAGMA writable_schema = ON',
      extension: "SELECT load_extension('x')",
      commit: 'COMMIT',
      rollback: 'ROLLBACK',
      savepoint: 'SAVEPOINT a',
      stacked: 'SELECT 1; DELETE FROM item',
      stackedComment: 'SELECT 1; /* ; */ -- ;\n SELECT 2',
      virtual: 'CREATE VIRTUAL TABLE temp.v USING fts5(a)',
      missing: 'SELECT ?',
      named: 'SELECT :a',
    };
    for (const writes of [false, true]) {
      await using service = await open(
        Object.fromEntries(Object.entries(hostile).map(([name, sql]) => [name, { sql, writes }])),
      );
      for (const name of Object.keys(hostile)) {
        const refused = await service.call(name);
        assert.equal(refused.isError, true, `${name} ${String(writes)}`);
        assert.match(textOf(refused), /^The database refused/, name);
        assert.ok(!textOf(refused).includes(folder), name);
      }
      assert.ok(service.logged.length >= Object.keys(hostile).length);
    }
    assert.equal(existsSync(other), false);
    assert.deepEqual(await readdir(folder), ['shop.db']);
    await using fine = await open({ fine: { sql: 'SELECT 1 AS one; -- and nothing else\n ;' } });
    assert.deepEqual(await rowsOf(fine, 'fine'), [{ one: 1 }]);
  });

  test('break no rule of the database, and say which', async () => {
    await using service = await open({
      twice: { sql: "INSERT INTO item (name) VALUES ('pen')", writes: true },
      below: { sql: 'UPDATE item SET stock = -1', writes: true },
      nothing: { sql: 'SELECT * FROM absent' },
    });
    const texts = await Promise.all(
      ['twice', 'below', 'nothing'].map((name) => service.text(name)),
    );
    assert.deepEqual(texts, [
      'The change breaks a rule of the database: UNIQUE constraint failed: item.name.',
      'The change breaks a rule of the database: CHECK constraint failed: stock <> -1.',
      'The database refused the statement.',
    ]);
    assert.match(service.logged.join('\n'), /no such table: absent/);
  });

  test('end in time, and take nothing with them', { timeout: 30_000 }, async () => {
    await using service = await open(
      {
        endless: { sql: ENDLESS, timeoutMs: 200 },
        quick: { sql: 'SELECT 1 AS one' },
        heavy: { sql: 'SELECT zeroblob(40000000) AS bytes' },
      },
      { connectionsMax: 1 },
    );
    for (let round = 0; round < 2; round += 1) {
      const started = Date.now();
      const late = await service.call('endless');
      assert.equal(late.isError, true);
      assert.equal(textOf(late), 'The statement took too long and was stopped.');
      assert.ok(Date.now() - started < 4_000);
      assert.deepEqual(await rowsOf(service, 'quick'), [{ one: 1 }]);
    }
    assert.match(await service.text('heavy'), /The answer is too large/);
    const waiting = service.call('endless', {});
    setTimeout(() => service.cancellation.cancel('client_gone'), 20).unref();
    await assert.rejects(waiting, { code: 'cancelled' });
  });

  test('return so many rows and so many bytes, and no more', { timeout: 30_000 }, async () => {
    const numbers = (count: string): string => `WITH RECURSIVE n(x) AS
      (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ${count}) SELECT x FROM n`;
    const width = { name: 'width', type: 'integer' };
    const count = { name: 'count', type: 'integer' };
    await using service = await open({
      rows: { sql: numbers('?'), parameters: [count] },
      three: { sql: numbers('?'), parameters: [count], rowsMax: 3 },
      endless: {
        sql: 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n',
      },
      wide: { sql: "SELECT printf('%.*c', ?, 'x') AS text", parameters: [width] },
    });
    const run = async (name: string, given: JsonObject = {}) => {
      const result = await service.call(name, given);
      const { rowCount, truncated } = result.structuredContent as JsonObject;
      return [rowCount, truncated];
    };
    const { sqlRowsMax, sqlResultBytesMax } = limits;
    assert.deepEqual(await run('rows', { count: sqlRowsMax }), [sqlRowsMax, false]);
    assert.deepEqual(await run('rows', { count: sqlRowsMax + 1 }), [sqlRowsMax, true]);
    assert.deepEqual(await run('three', { count: 3 }), [3, false]);
    assert.deepEqual(await run('three', { count: 4 }), [3, true]);
    assert.deepEqual(await run('endless'), [sqlRowsMax, true]);
    // Brackets and quotes count too.
    assert.deepEqual(await run('wide', { width: sqlResultBytesMax - 4 }), [1, false]);
    assert.deepEqual(await run('wide', { width: sqlResultBytesMax - 3 }), [0, true]);
    assert.match(await service.text('wide', { width: sqlResultBytesMax }), /narrow it/);
  });

  const isLinux = process.platform === 'linux';
  test(
    'die with the gateway, even while they run',
    { skip: !isLinux, timeout: 30_000 },
    async () => {
      const module = new URL('../../../../test/support/sqlite-parent.ts', import.meta.url);
      const parent = await startChildServer<{ child: number }>(module, [file, ENDLESS]);
      const { child } = parent.greeting;
      assert.equal(isAlive(child), true);
      // SIGKILL: the parent has no chance to say goodbye.
      await parent[Symbol.asyncDispose]();
      const endsAtMs = Date.now() + 5_000;
      while (isAlive(child) && Date.now() < endsAtMs) await pause(50);
      assert.equal(isAlive(child), false);
    },
  );

  test('wait for a connection, and not forever', { timeout: 30_000 }, async () => {
    await using service = await open(
      { slow: { sql: ENDLESS, timeoutMs: 600 }, quick: { sql: 'SELECT 1', timeoutMs: 100 } },
      { connectionsMax: 1 },
    );
    const slow = service.call('slow');
    await assert.rejects(service.call('quick'), { code: 'too_many' });
    assert.equal((await slow).isError, true);
  });

  test('need a database that exists', async () => {
    for (const path of [join(folder, 'no.db'), folder, '/dev/null', '/etc/hostname']) {
      await using service = await open({ one: { sql: 'SELECT 1' } }, { file: path });
      const discovered = service.upstream.discover(AbortSignal.timeout(10_000));
      if (path === '/dev/null') await discovered.catch(() => {});
      else await assert.rejects(discovered, { code: 'invalid_configuration' }, path);
    }
    assert.equal(existsSync(join(folder, 'no.db')), false);
  });

  test('are counted with their placeholders', () => {
    const cases: readonly (readonly [string, number | undefined])[] = [
      ['SELECT 1', 0],
      ['SELECT ?, ?', 2],
      ['SELECT ?2, ?', 3],
      ["SELECT '?', \"?\", [?], `?`, 'it''s ?' -- ?\n, ? /* ? */", 1],
      ['SELECT ? /* open ?', 1],
      ['SELECT :name', undefined],
      ["SELECT ':name', ?", 1],
      ['SELECT $1', 0],
    ];
    for (const [sql, count] of cases) assert.equal(countPlaceholders(sql), count, sql);
  });
});
