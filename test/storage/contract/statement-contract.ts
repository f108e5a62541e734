import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, B, type OpenEmpty } from './fixtures.ts';
import { NOW_MS, openCharged } from './cost-contract.ts';

const CALL = 10_000_001_000_000_000n;

/** What statements must be on every engine. */
export function statementContract(open: OpenEmpty): void {
  test('a statement is about the usage of a time, whenever it was charged', async (t) => {
    const { statements, charges } = await openCharged(open, t);
    const now = { fromMs: NOW_MS, toMs: NOW_MS + 1 };
    const later = { fromMs: NOW_MS + 1, toMs: NOW_MS + 9 };
    assert.deepEqual(await statements.used(A, now), {
      records: 3,
      bytesIn: 30,
      bytesOut: 12,
      durationMs: 4.5,
    });
    const nothing = { records: 0, bytesIn: 0, bytesOut: 0, durationMs: 0 };
    assert.deepEqual(await statements.used(A, later), nothing);
    assert.deepEqual(await statements.charged(A, now), [
      { currency: 'USD', amount: 3n * CALL + 12n },
    ]);
    assert.deepEqual(await statements.charged(A, later), []);
    assert.deepEqual(await statements.charged(B, now), []);
    const [first] = await charges.list(A, { descending: false, rowsMax: 1 });
    const { gateKey = '', ruleId = '' } = first ?? {};
    // Taken back tomorrow, it is not a part of today any more.
    await charges.void(A, { gateKey, ruleId, reason: 'test', nowMs: NOW_MS + 86_400_000 });
    const [left] = await statements.charged(A, now);
    assert.equal(left?.amount, 3n * CALL + 12n - (first?.amount ?? 0n));
  });

  test('a statement of a user is by what let it in, the most used first', async (t) => {
    const { statements } = await openCharged(open, t);
    const now = { fromMs: NOW_MS, toMs: NOW_MS + 1 };
    const of = async (user: string, rowsMax = 10) =>
      (await statements.ofUser(A, user, now, rowsMax)).map(({ grantId, records, charged }) => [
        grantId,
        records,
        charged,
      ]);
    const usd = (amount: bigint) => [{ currency: 'USD', amount }];
    assert.deepEqual(await of('usr_1'), [
      ['key_1', 1, usd(CALL + 5n)],
      ['key_2', 1, usd(CALL)],
    ]);
    assert.deepEqual(await of('usr_1', 1), [['key_1', 1, usd(CALL + 5n)]]);
    assert.deepEqual(await of('usr_2'), [['key_1', 1, usd(CALL + 7n)]]);
    assert.deepEqual(await of('usr_3'), []);
    const others = await statements.ofUser(B, 'usr_1', now, 10);
    assert.deepEqual(
      others.map(({ bytesOut, charged }) => [bytesOut, charged]),
      [[1_000, []]],
    );
  });
}
