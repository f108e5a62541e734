import { createBillingMemo, type BillingMemo } from '../../billing/store.ts';

/** What an engine keeps in memory for its transactions: nothing that could be out of date. */
export interface TransactionMemo {
  readonly billing: BillingMemo;
}

/** Makes an empty memo, for one open database. */
export function createTransactionMemo(): TransactionMemo {
  return { billing: createBillingMemo() };
}
