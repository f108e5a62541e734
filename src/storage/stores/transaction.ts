import type { SqlText, SqlValue } from './sql.ts';

/** What one statement did. */
export interface StatementResult {
  /** The rows of a statement that returns any. */
  readonly rows: readonly Readonly<Record<string, SqlValue>>[];
  /** Rows changed by a statement that returns none. */
  readonly changes: number;
}

/**
 * The body of a named transaction: yields statements, gets their results, and can wait for
 * nothing else. So the same body runs to its end inside the database thread without giving it
 * up, and inside one BEGIN … COMMIT on PostgreSQL. Throwing undoes everything.
 */
export type Steps<Result> = Generator<SqlText, Result, StatementResult>;

/** All rows of a statement; of type `Row`, for the SQL says what they are. */
export function* allRows<Row>(statement: SqlText): Steps<readonly Row[]> {
  const { rows } = yield statement;
  return rows as readonly unknown[] as readonly Row[];
}

/** The first row of a statement, or undefined. */
export function* firstRow<Row>(statement: SqlText): Steps<Row | undefined> {
  const [row] = yield* allRows<Row>(statement);
  return row;
}

/** Runs a statement that returns no rows; how many rows it changed. */
export function* change(statement: SqlText): Steps<number> {
  const { changes } = yield statement;
  return changes;
}
