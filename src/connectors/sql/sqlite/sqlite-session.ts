import { constants, DatabaseSync, type StatementSync } from 'node:sqlite';
import { exactNumber } from '../../../kernel/numbers/exact-json.ts';
import type { Json } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Column, RunRequest, RunResult } from '../database.ts';
import { createResultRows } from '../result-rows.ts';
import { StatementError, type StatementProblem } from '../statement-error.ts';
import { countPlaceholders } from './count-placeholders.ts';
import { toSqliteValue } from './sqlite-protocol.ts';

/** Primary result codes (sqlite.org/rescode.html) that say more than "error". */
const PROBLEMS: Readonly<Record<number, StatementProblem>> = {
  5: 'busy',
  6: 'busy',
  8: 'writes',
  18: 'too_large',
  19: 'constraint',
  20: 'data',
  23: 'refused',
};

/** What no statement may do: other files, the connection's settings, its transaction. */
const DENIED: ReadonlySet<number> = new Set([
  constants.SQLITE_ATTACH,
  constants.SQLITE_DETACH,
  constants.SQLITE_PRAGMA,
  constants.SQLITE_TRANSACTION,
  constants.SQLITE_SAVEPOINT,
  constants.SQLITE_CREATE_VTABLE,
  constants.SQLITE_DROP_VTABLE,
]);

/** A database file, opened twice: one connection cannot write, the other is opened when needed. */
export class SqliteSession implements Disposable {
  readonly #file: string;
  #reader: DatabaseSync | undefined;
  #writer: DatabaseSync | undefined;
  /** True while a statement of the configuration is prepared or run. */
  #guarded = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** The library's version. Throws when the file is no database. */
  version(): string {
    const text = 'SELECT sqlite_version(), count(*) FROM sqlite_schema';
    const row = this.#open(false).prepare(text).get() as unknown as readonly [string, bigint];
    return row[0];
  }

  /** Runs one statement. Throws StatementError. */
  run(request: RunRequest): RunResult {
    try {
      return request.writes ? this.#write(request) : this.#read(request);
    } catch (error) {
      throw toStatementError(error);
    }
  }

  [Symbol.dispose](): void {
    this.#reader?.close();
    this.#writer?.close();
  }

  #read(request: RunRequest): RunResult {
    const database = this.#open(false);
    // One view of the data, whatever others write meanwhile.
    database.exec('BEGIN');
    try {
      return this.#execute(database, request);
    } finally {
      database.exec('ROLLBACK');
    }
  }

  #write(request: RunRequest): RunResult {
    const database = this.#open(true);
    database.exec('BEGIN IMMEDIATE');
    try {
      const before = totalChanges(database);
      const result = this.#execute(database, request);
      const changedRows = totalChanges(database) - before;
      database.exec('COMMIT');
      return { ...result, changedRows };
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  }

  #execute(database: DatabaseSync, request: RunRequest): RunResult {
    this.#guarded = true;
    try {
      const statement = database.prepare(request.sql);
      refuseMisfit(statement, request);
      return collect(statement, request);
    } finally {
      this.#guarded = false;
    }
  }

  #open(writable: boolean): DatabaseSync {
    const known = writable ? this.#writer : this.#reader;
    if (known !== undefined) return known;
    const database = new DatabaseSync(this.#file, {
      readOnly: !writable,
      allowExtension: false,
      enableForeignKeyConstraints: true,
      timeout: limits.databaseBusyMs,
      readBigInts: true,
      returnArrays: true,
      limits: { length: limits.sqlWireBytesMax, attach: 0 },
    });
    if (!writable) database.exec('PRAGMA query_only = ON');
    database.enableDefensive(true);
    database.setAuthorizer((action) =>
      this.#guarded && DENIED.has(action) ? constants.SQLITE_DENY : constants.SQLITE_OK,
    );
    if (writable) this.#writer = database;
    else this.#reader = database;
    return database;
  }
}

function refuseMisfit(statement: StatementSync, request: RunRequest): void {
  const rest = request.sql.trimStart().slice(statement.sourceSQL.trimStart().length);
  if (/[^\s;]/.test(rest.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ''))) {
    throw new StatementError('refused', 'several_statements');
  }
  const wanted = countPlaceholders(request.sql);
  if (wanted !== request.values.length) throw new StatementError('refused', 'placeholders');
}

function collect(statement: StatementSync, request: RunRequest): RunResult {
  const columns = statement.columns().map(({ name }): Column => ({ name, type: 'any' }));
  const rows = createResultRows(request);
  for (const row of statement.iterate(...request.values.map(toSqliteValue))) {
    const values = Object.values(row).map(toJson);
    // A change with RETURNING has to run to its end; what does not fit is left out.
    if (!rows.add(values) && !request.writes) break;
  }
  return { columns, rows: rows.rows, truncated: rows.truncated };
}

function toJson(value: unknown): Json {
  if (typeof value === 'bigint') return exactNumber(String(value));
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : (value as Json);
}

function totalChanges(database: DatabaseSync): number {
  const row = database.prepare('SELECT total_changes() AS count').get() as unknown as readonly [
    bigint,
  ];
  return Number(row[0]);
}

function toStatementError(error: unknown): unknown {
  if (error instanceof StatementError) return error;
  const { errcode, message } = error as { errcode?: unknown; message?: string };
  if (typeof errcode !== 'number') return error;
  const problem = PROBLEMS[errcode & 0xff] ?? 'refused';
  return new StatementError(problem, `SQLITE_${errcode}`, message, error);
}
