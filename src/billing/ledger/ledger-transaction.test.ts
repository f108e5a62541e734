import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { checkBalanced, transferOf } from './ledger-transaction.ts';

const transfer = {
  kind: 'usage',
  currency: 'USD',
  debit: 'receivable',
  credit: 'revenue',
  amount: 5n,
  atMs: 1,
  purpose: ['a', 'b'],
} as const;

test('every transfer balances, whatever its amount', () => {
  fc.assert(
    fc.property(fc.bigInt(), (amount) => {
      const transaction = transferOf({ ...transfer, amount });
      checkBalanced(transaction);
      assert.equal(
        transaction.entries.reduce((sum, entry) => sum + entry.amount, 0n),
        0n,
      );
    }),
  );
});

test('entries that do not sum to zero, or meet in one account, are refused', () => {
  const transaction = transferOf(transfer);
  const [first, second] = transaction.entries;
  const broken = [[first], [first, first], [first, { ...second, amount: -4n }], []];
  for (const entries of broken) {
    const wrong = { ...transaction, entries: entries as typeof transaction.entries };
    assert.throws(() => checkBalanced(wrong), RangeError);
  }
});

test('an id follows from what a transaction is for, and only from that', () => {
  const { id } = transferOf(transfer);
  assert.equal(transferOf({ ...transfer, atMs: 2, amount: 7n }).id, id);
  for (const other of [{ kind: 'void' }, { currency: 'EUR' }, { purpose: ['ab', ''] }]) {
    assert.notEqual(transferOf({ ...transfer, ...other }).id, id);
  }
});
