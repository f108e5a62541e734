import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { PostgresServer } from '../../support/start-postgres.ts';
import { namesSecret } from './secret-fields.ts';

const DUMP_BYTES_MAX = 256 * 1024 * 1024;

/** What a test looks at in the database of a gateway, whichever it is. */
export interface LookedAt {
  /** The configuration that leads there. */
  readonly settings: object;
  /** `table.column` of every column whose name is that of a secret. */
  columns(): Promise<readonly string[]>;
  /** How many rows have something in a column. */
  filled(column: string): Promise<number>;
  /** Everything in it, as whoever steals a copy has it; undefined for files in the data folder. */
  dump(): Promise<string | undefined>;
}

const split = (column: string) => column.split('.') as [table: string, column: string];

/** The database in a data folder. */
export function sqliteIn(directory: string): LookedAt {
  const look = <T>(use: (database: DatabaseSync) => T): T => {
    using database = new DatabaseSync(join(directory, 'gateway.db'), { readOnly: true });
    return use(database);
  };
  return {
    settings: {},
    columns: async () =>
      look((database) =>
        database
          .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
          .all()
          .flatMap(({ name: table }) =>
            database
              .prepare(`PRAGMA table_info("${String(table)}")`)
              .all()
              .map(({ name }) => [String(table), String(name)]),
          )
          .filter(([, name = '']) => namesSecret(name))
          .map((parts) => parts.join('.')),
      ),
    filled: async (column) => {
      const [table, name] = split(column);
      const sql = `SELECT count("${name}") AS rows FROM "${table}"`;
      return look((database) => Number(database.prepare(sql).get()?.['rows']));
    },
    dump: async () => undefined,
  };
}

/** A database of a PostgreSQL server, whose user has a password of its own. */
export async function postgresOf(
  server: PostgresServer,
  programs: string,
  password: string,
): Promise<LookedAt> {
  const owner = new Client({ connectionString: server.url });
  await owner.connect();
  await owner.query(`CREATE ROLE planted LOGIN PASSWORD '${password}'`);
  await owner.query('CREATE DATABASE planted OWNER planted');
  await owner.end();
  const url = `postgres://planted:${password}@127.0.0.1:${server.port}/planted`;
  const ask = async (sql: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows as Record<string, unknown>[];
  };
  return {
    settings: { database: { url } },
    columns: async () => {
      const sql =
        'SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN ' +
        "information_schema.tables t USING (table_schema, table_name) WHERE t.table_type = 'BASE " +
        "TABLE' AND t.table_schema = 'public'";
      return (await ask(sql))
        .filter(({ column_name: name }) => namesSecret(String(name)))
        .map(({ table_name: table, column_name: name }) => `${String(table)}.${String(name)}`);
    },
    filled: async (column) => {
      const [table, name] = split(column);
      const [row] = await ask(`SELECT count("${name}") AS rows FROM "${table}"`);
      return Number(row?.['rows']);
    },
    dump: async () => {
      const options = { maxBuffer: DUMP_BYTES_MAX };
      const flags = ['--dbname', url, '--no-password'];
      const { stdout } = await promisify(execFile)(join(programs, 'pg_dump'), flags, options);
      return stdout;
    },
  };
}
