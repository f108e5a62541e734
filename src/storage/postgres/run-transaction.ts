import type { PoolClient } from 'pg';
import { setTimeout as wait } from 'node:timers/promises';
import { limits } from '../../kernel/limits.ts';
import { isTable, type SqlRows, type SqlTable, type SqlValue } from '../stores/sql.ts';
import type { SqlStep, StatementResult, Steps } from '../stores/transaction.ts';
import type { PostgresPool } from './postgres-pool.ts';
import { mayWinAgain, toStorageError } from './storage-error.ts';

/**
 * Runs steps between BEGIN and COMMIT, as if nothing else ran meanwhile (serializable); a
 * transaction that lost against another is tried again, `transactionTriesMax` times in all.
 * `start` makes the steps of each try. Rejects with GatewayError.
 */
export async function runTransaction<Result>(
  pool: PostgresPool,
  start: () => Steps<Result>,
): Promise<Result> {
  try {
    return await inTransaction(pool, (client) => runStepsInside(client, start()), 'SERIALIZABLE');
  } catch (error) {
    throw toStorageError(error);
  }
}

/**
 * Runs work between BEGIN and COMMIT, again when it lost against another, `transactionTriesMax`
 * times in all. Rejects with what the work or the driver throws.
 */
export async function inTransaction<Result>(
  pool: PostgresPool,
  work: (client: PoolClient) => Promise<Result>,
  isolation: 'READ COMMITTED' | 'SERIALIZABLE' = 'READ COMMITTED',
): Promise<Result> {
  const once = async (client: PoolClient): Promise<Result> => {
    await client.query(`BEGIN ISOLATION LEVEL ${isolation}`);
    try {
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // A connection that cannot roll back is broken; the pool learns it from the first error.
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  };
  for (let tries = 1; ; tries++) {
    try {
      return await pool.withClient(once);
    } catch (error) {
      if (!mayWinAgain(error) || tries >= limits.transactionTriesMax) throw error;
    }
    // Two that clash are kept from clashing again in the same rhythm.
    await wait(Math.random() * limits.transactionRetryMs * tries);
  }
}

/** Runs steps as a part of the transaction that is open on the connection. */
export async function runStepsInside<Result>(
  client: PoolClient,
  steps: Steps<Result>,
): Promise<Result> {
  let step = steps.next();
  while (step.done !== true) step = steps.next(await runOne(client, step.value));
  return step.value;
}

async function runOne(client: PoolClient, step: SqlStep): Promise<StatementResult> {
  if ('into' in step) return await addRows(client, step);
  const values: unknown[] = [];
  let text = step.texts[0] ?? '';
  for (const [index, value] of step.values.entries()) {
    text += isTable(value) ? addTable(value, values) : `$${values.push(value)}`;
    text += step.texts[index + 1] ?? '';
  }
  if ('asArrays' in step) {
    const result = await client.query<SqlValue[]>({ text, values, rowMode: 'array' });
    return { rows: result.rows, changes: 0 };
  }
  const { rows, rowCount } = await client.query(text, values);
  return { rows: rows as Record<string, SqlValue>[], changes: rowCount ?? 0 };
}

/** One array a column: the statement is as long for a thousand rows as for one. */
async function addRows(client: PoolClient, { into, rows }: SqlRows): Promise<StatementResult> {
  const columns = Object.entries(into.columns);
  const names = columns.map(([name]) => name).join(', ');
  const arrays = columns.map(([, type], place) => `$${place + 1}::${type}[]`).join(', ');
  const text = `INSERT INTO ${into.table} (${names}) SELECT * FROM unnest(${arrays})
    ${into.end ?? ''}`;
  const values = columns.map((_, place) => rows.map((row) => row[place] ?? null));
  const { rowCount } = await client.query({ text, values });
  return { rows: [], changes: rowCount ?? 0 };
}

/** A table as one array for each column; what stands in the statement for it. */
function addTable({ columns, rows }: SqlTable, values: unknown[]): string {
  const names = Object.keys(columns);
  const arrays = names.map((name, place) => {
    values.push(rows.map((row) => row[place]));
    return `$${values.length}::${columns[name]}[]`;
  });
  return `(SELECT * FROM unnest(${arrays.join(', ')}) AS line (${names.join(', ')}))`;
}
