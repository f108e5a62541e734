import type { RowsTarget, SqlRows, SqlText, SqlValue } from './sql.ts';

/** What one statement did. */
export interface StatementResult {
  /** The rows of a statement that returns any. */
  readonly rows: readonly (Readonly<Record<string, SqlValue>> | readonly SqlValue[])[];
  /** Rows changed by a statement that returns none. */
  readonly changes: number;
}

/** A statement that returns rows as arrays of their columns: of many, this costs half. */
export interface SqlArrays extends SqlText {
  readonly asArrays: true;
}

/** One step of a transaction. */
export type SqlStep = SqlText | SqlArrays | SqlRows;

/**
 * The body of a named transaction: yields statements, gets their results, and can wait for
 * nothing else. So the same body runs to its end inside the database thread without giving it
 * up, and inside one BEGIN … COMMIT on PostgreSQL. Throwing undoes everything.
 */
export type Steps<Result> = Generator<SqlStep, Result, StatementResult>;

/** All rows of a statement; of type `Row`, for the SQL says what they are. */
export function* allRows<Row>(statement: SqlText): Steps<readonly Row[]> {
  const { rows } = yield statement;
  return rows as readonly unknown[] as readonly Row[];
}

/** All rows of a statement as arrays; of type `Row`, for the SQL says what they are. */
export function* allArrays<Row>(statement: SqlText): Steps<readonly Row[]> {
  const { rows } = yield { ...statement, asArrays: true };
  return rows as readonly unknown[] as readonly Row[];
}

/** Adds many rows to a table. */
export function* addRows(into: RowsTarget, rows: SqlRows['rows']): Steps<null> {
  if (rows.length > 0) yield { into, rows };
  return null;
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
