import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../kernel/limits.ts';
import { sql, tuples } from '../stores/sql.ts';
import { change, firstRow, type Steps } from '../stores/transaction.ts';
import type { PostgresPool } from './postgres-pool.ts';
import { runTransaction } from './run-transaction.ts';

/** A pool whose server fails the COMMIT so many times; it notes what it is sent. */
function fakePool(failures: number, code = '40001') {
  const sent: unknown[] = [];
  let left = failures;
  const query = (text: string, values?: unknown[]): Promise<object> => {
    sent.push(values === undefined ? text : [text, ...values]);
    if (text === 'COMMIT' && left-- > 0) {
      return Promise.reject(Object.assign(new Error('lost'), { code, severity: 'ERROR' }));
    }
    return Promise.resolve({ rows: [{ n: 7 }], rowCount: 1 });
  };
  const withClient = (work: (client: object) => Promise<unknown>) => work({ query });
  return { sent, pool: { withClient } as unknown as PostgresPool };
}

function* body(): Steps<number> {
  const row = yield* firstRow<{ readonly n: number }>(sql`SELECT ${1} AS n`);
  yield* change(
    sql`INSERT INTO t VALUES ${tuples([
      [row?.n ?? 0, 'b'],
      [2, null],
    ])} -- end`,
  );
  return row?.n ?? 0;
}

test('steps run between BEGIN and COMMIT, their values apart from their text', async () => {
  const { sent, pool } = fakePool(0);
  assert.equal(await runTransaction(pool, body), 7);
  assert.deepEqual(sent, [
    'BEGIN ISOLATION LEVEL SERIALIZABLE',
    ['SELECT $1 AS n', 1],
    ['INSERT INTO t VALUES ($1, $2), ($3, $4) -- end', 7, 'b', 2, null],
    'COMMIT',
  ]);
});

test('a transaction that loses is tried transactionTriesMax times', async () => {
  const won = fakePool(limits.transactionTriesMax - 1);
  const startMs = performance.now();
  assert.equal(await runTransaction(won.pool, body), 7);
  const tries = limits.transactionTriesMax;
  const waitMs = (limits.transactionRetryMs * tries * (tries - 1)) / 2;
  assert.ok(performance.now() - startMs < waitMs + 500, 'waits grow by transactionRetryMs');
  const lost = fakePool(limits.transactionTriesMax);
  await assert.rejects(runTransaction(lost.pool, body), { code: 'storage_unavailable' });
  assert.equal(lost.sent.filter((text) => text === 'ROLLBACK').length, limits.transactionTriesMax);
});

test('any other error ends it at once', async () => {
  const { sent, pool } = fakePool(1, '23505');
  await assert.rejects(runTransaction(pool, body), { code: 'conflict' });
  assert.equal(sent.filter((text) => text === 'ROLLBACK').length, 1);
});
