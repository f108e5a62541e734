import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { silentLog } from '../../src/kernel/log.ts';
import { usageFields } from '../../src/metering/store.ts';
import {
  migratePostgres,
  postgresMigrations,
} from '../../src/storage/postgres/migrate-postgres.ts';
import { createPostgresPool, type PostgresPool } from '../../src/storage/postgres/postgres-pool.ts';
import { migrateSqlite, sqliteMigrations } from '../../src/storage/sqlite/migrate-sqlite.ts';
import { findPostgres, startPostgres, type PostgresServer } from '../support/start-postgres.ts';

/** The common words for a column's type: SQLite's own. */
const commonTypes: Readonly<Record<string, string>> = {
  text: 'TEXT',
  bigint: 'INTEGER',
  'double precision': 'REAL',
  bytea: 'BLOB',
};
/** SQLite keeps usage in these and shows it as the view `usage_record`; PostgreSQL has a table. */
const usageTables = ['usage_record', 'usage_fact', 'usage_origin', 'usage_tenant'];
/** Compared on its own, kept by the engine for itself, or a view in each engine's own words. */
const apart = [
  ...usageTables,
  'usage_task',
  'usage_batch',
  'usage_block',
  'schema_migration',
  'database_clock',
];

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
}

function sqliteCatalog() {
  const database = new DatabaseSync(':memory:');
  try {
    migrateSqlite(database, sqliteMigrations(), 0);
    const columns = database
      .prepare(
        `SELECT m.name AS "table", c.name AS "column", c.type, c."notnull" = 0 AS nullable
         FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`,
      )
      .all()
      .map((row) => ({ ...row, nullable: row['nullable'] === 1 }) as unknown as Column);
    const keys = database
      .prepare(
        `SELECT m.name || ' ' || (SELECT group_concat(name, ', ') FROM
           (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)) AS key
         FROM sqlite_schema m JOIN pragma_index_list(m.name) l
         WHERE m.type = 'table' AND l."unique" = 1`,
      )
      .all()
      .map(({ key }) => String(key));
    const tasks = database
      .prepare(`SELECT name FROM pragma_table_info('usage_task')`)
      .all()
      .map(({ name }) => String(name));
    const view = database
      .prepare(`SELECT name FROM pragma_table_info('usage_record')`)
      .all()
      .map(({ name }) => String(name));
    return { columns, keys, view, tasks };
  } finally {
    database.close();
  }
}

async function postgresCatalog(pool: PostgresPool) {
  const columns = await pool.query(
    `SELECT table_name AS "table", column_name AS "column", data_type AS type,
       is_nullable = 'YES' AS nullable
     FROM information_schema.columns WHERE table_schema = 'public'`,
    [],
  );
  const keys = await pool.query(
    `SELECT t.relname || ' ' || string_agg(a.attname, ', ' ORDER BY k.place) AS key
     FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
     JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
     CROSS JOIN unnest(i.indkey::int[]) WITH ORDINALITY AS k (number, place)
     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
     WHERE i.indisunique GROUP BY t.relname, i.indexrelid`,
    [],
  );
  const unsorted = await pool.query(
    `SELECT t.relname || '.' || a.attname AS name FROM pg_index i
     JOIN pg_class t ON t.oid = i.indrelid
     JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public'
     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey)
     JOIN pg_collation c ON c.oid = a.attcollation WHERE c.collname <> 'C'`,
    [],
  );
  return {
    columns: columns.rows as readonly Column[],
    keys: keys.rows.map(({ key }: { key: string }) => key),
    unsorted: unsorted.rows as readonly { readonly name: string }[],
  };
}

const shown = (columns: readonly Column[]): readonly string[] =>
  columns
    .filter(({ table }) => !apart.includes(table))
    .map(({ table, column, type, nullable }) =>
      [table, column, commonTypes[type] ?? type, nullable ? 'null' : 'not null'].join(' '),
    )
    .toSorted();

test('the columns of usage in SQLite are the declared ones', () => {
  const { columns, view, tasks } = sqliteCatalog();
  const typeOf = { text: 'TEXT', integer: 'INTEGER', real: 'REAL', boolean: 'INTEGER' };
  const kept = (table: string) =>
    columns
      .filter((column) => column.table === table)
      .map(({ column, type, nullable }) => `${column} ${type} ${String(nullable)}`);
  const declared = (part: string) =>
    usageFields
      .filter((field) => field.part === part)
      // A charge key that is null is the id.
      .map(({ column, type, nullable }) => {
        return `${column} ${typeOf[type]} ${String(nullable || column === 'charge_key')}`;
      });
  const own = (rows: readonly string[]) =>
    rows.filter((row) => !/^(number|key|tenant|origin|block) /.test(row));
  assert.deepEqual(own(kept('usage_fact')).toSorted(), declared('fact').toSorted());
  assert.deepEqual(own(kept('usage_origin')), declared('origin'));
  // The batch is beside a record there, and no part of it.
  const shown = [...usageFields.map(({ column }) => column), 'block'];
  assert.deepEqual(view.toSorted(), shown.toSorted());
  assert.deepEqual([...tasks, 'block'].toSorted(), view.toSorted());
});

const programs = findPostgres();
const skip = programs === undefined && 'PostgreSQL is not installed';
describe('what the migrations make on both engines', { skip }, () => {
  let server: PostgresServer;
  let pool: PostgresPool;
  before(async () => {
    server = await startPostgres(programs ?? '');
    const settings = { url: server.url, poolMax: 1, connectMs: 5_000, statementMs: 10_000 };
    pool = createPostgresPool(settings, silentLog);
    await migratePostgres(pool, postgresMigrations(), 0);
  });
  after(async () => {
    await pool.close();
    await server[Symbol.asyncDispose]();
  });

  test('has the same tables, columns and unique keys', async () => {
    const sqlite = sqliteCatalog();
    const postgres = await postgresCatalog(pool);
    const columns = shown(sqlite.columns);
    assert.ok(columns.length >= 50, 'few columns were seen');
    assert.deepEqual(shown(postgres.columns), columns);
    const others = ({ keys }: { readonly keys: readonly string[] }) =>
      keys.filter((key) => !apart.includes(key.split(' ')[0] ?? '')).toSorted();
    assert.ok(others(sqlite).length >= 10, 'few keys were seen');
    assert.deepEqual(others(postgres), others(sqlite));
  });

  test('keeps usage in the declared columns', async () => {
    const { columns } = await postgresCatalog(pool);
    const typeOf = {
      text: 'text',
      integer: 'bigint',
      real: 'double precision',
      boolean: 'bigint',
    };
    const words = (rows: readonly Omit<Column, 'table'>[]) =>
      rows.map(({ column, type, nullable }) => `${column} ${type} ${String(nullable)}`).toSorted();
    assert.deepEqual(
      // The batch that a record came in is the store's own.
      words(columns.filter(({ table, column }) => table === 'usage_record' && column !== 'block')),
      words(usageFields.map((field) => ({ ...field, type: typeOf[field.type] }))),
    );
  });

  test('sorts the texts of PostgreSQL keys by bytes, as SQLite does', async () => {
    assert.deepEqual((await postgresCatalog(pool)).unsorted, []);
  });

  test('has later migrations under the same names', () => {
    const later = (all: readonly { readonly version: number; readonly name: string }[]) =>
      all.filter(({ version }) => version > 5).map(({ name }) => name);
    assert.deepEqual(later(postgresMigrations()), later(sqliteMigrations()));
  });
});
