import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  isTable,
  type RowsTarget,
  type SqlRows,
  type SqlTable,
  type SqlText,
  type SqlValue,
} from '../stores/sql.ts';
import type { StatementResult, Steps, SqlStep } from '../stores/transaction.ts';
import type { Statement } from './worker-protocol.ts';

/** Different statements kept prepared; the stores have about forty. */
const PREPARED_MAX = 200;

/** Rows of one statement: more cost nothing less, and a longer text more to find. */
const ROWS_TOGETHER = 16;

/** The statements by which a table takes rows: one of `ROWS_TOGETHER`, and one of a single row. */
interface RowStatements {
  readonly many: StatementSync;
  readonly one: StatementSync;
}

interface Prepared {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
}

/** Runs compiled statements and keeps them prepared. */
export class StatementRunner {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();
  readonly #rows = new WeakMap<RowsTarget, RowStatements>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  run({ sql, parameters }: Statement): StatementResult {
    const { statement, returnsRows } = this.#prepare(sql);
    if (!returnsRows) {
      return { rows: [], changes: Number(statement.run(...parameters).changes) };
    }
    const rows = statement.all(...parameters) as Record<string, SqlValue>[];
    return { rows, changes: 0 };
  }

  /** Runs the steps in one transaction, to their end: nothing else gets a turn in between. */
  runSteps<Result>(steps: Steps<Result>): Result {
    return inTransaction(this.#database, () => this.runStepsInside(steps));
  }

  /** Runs the steps as a part of a transaction that is open already. */
  runStepsInside<Result>(steps: Steps<Result>): Result {
    let step = steps.next();
    while (step.done !== true) step = steps.next(this.#runStep(step.value));
    return step.value;
  }

  #runStep(step: SqlStep): StatementResult {
    if ('into' in step) return this.#addRows(step);
    if ('asArrays' in step) return this.#arraysOf(step);
    return this.run(statementOf(step));
  }

  #arraysOf(step: SqlText): StatementResult {
    const { sql, parameters } = statementOf(step);
    // The text is another one, for a statement returns its rows in one way.
    const { statement } = this.#prepare(`${sql} `);
    statement.setReturnArrays(true);
    // Its types do not know of arrays.
    const rows: readonly unknown[] = statement.all(...parameters);
    return { rows: rows as readonly SqlValue[][], changes: 0 };
  }

  #addRows({ into, rows }: SqlRows): StatementResult {
    const { many, one } = this.#rowStatements(into);
    const full = rows.length - (rows.length % ROWS_TOGETHER);
    for (let at = 0; at < full; at += ROWS_TOGETHER) {
      const values: SqlValue[] = [];
      for (let row = at; row < at + ROWS_TOGETHER; row++) values.push(...(rows[row] ?? []));
      many.run(...values);
    }
    for (let at = full; at < rows.length; at++) one.run(...(rows[at] ?? []));
    return { rows: [], changes: rows.length };
  }

  #rowStatements(into: RowsTarget): RowStatements {
    const known = this.#rows.get(into);
    if (known !== undefined) return known;
    const columns = Object.keys(into.columns);
    const row = `(${columns.map(() => '?').join(', ')})`;
    const prepare = (rows: number): StatementSync => {
      const values = Array.from({ length: rows }, () => row).join(', ');
      const head = `INSERT INTO ${into.table} (${columns.join(', ')})`;
      return this.#database.prepare(`${head} VALUES ${values} ${into.end ?? ''}`);
    };
    const statements = { many: prepare(ROWS_TOGETHER), one: prepare(1) };
    this.#rows.set(into, statements);
    return statements;
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    if (this.#prepared.size >= PREPARED_MAX) this.#prepared.clear();
    const statement = this.#database.prepare(sql);
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function statementOf({ texts, values }: SqlText): Statement {
  const parameters: SqlValue[] = [];
  let sql = texts[0] ?? '';
  for (const [index, value] of values.entries()) {
    if (isTable(value)) {
      sql += tableText(value.columns);
      parameters.push(JSON.stringify(value.rows, asText));
    } else {
      sql += '?';
      parameters.push(value);
    }
    sql += texts[index + 1] ?? '';
  }
  return { sql, parameters };
}

/** Rows as JSON: the text of the statement is then the same however many there are. */
function tableText(columns: SqlTable['columns']): string {
  const shown = Object.entries(columns).map(([name, type], place) =>
    type === 'text'
      ? `value ->> ${place} AS ${name}`
      : `CAST(value ->> ${place} AS INTEGER) AS ${name}`,
  );
  return `(SELECT ${shown.join(', ')} FROM json_each(?))`;
}

/** JSON has no whole numbers of any size; SQLite reads them from text. */
function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Runs the body in a transaction that is rolled back when the body throws. */
export function inTransaction<Result>(database: DatabaseSync, body: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = body();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has already rolled back by itself after some errors (a full disk).
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
