import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlValue } from '../stores/sql.ts';
import type { StatementResult, Steps } from '../stores/transaction.ts';
import type { Statement } from './worker-protocol.ts';

/** Different statements kept prepared; the stores have about forty. */
const PREPARED_MAX = 200;

interface Prepared {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
}

/** Runs compiled statements and keeps them prepared. */
export class StatementRunner {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

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
    while (step.done !== true) {
      const { texts, values } = step.value;
      step = steps.next(this.run({ sql: texts.join('?'), parameters: values }));
    }
    return step.value;
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
