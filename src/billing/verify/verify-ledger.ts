import type { BookedCharge, BooksSource } from './books-source.ts';

/** Kinds of transactions that are made of charges. */
const CHARGED = new Set([
  'usage',
  'late',
  'period_open',
  'period_close',
  'void',
  'trial',
  'recurring',
  'one_off',
  'discount',
]);

/** Checks that transactions sum to zero, post what was charged, and make the balances. */
export async function verifyLedger(
  source: BooksSource,
  charges: readonly BookedCharge[],
  tell: (difference: string) => void,
): Promise<void> {
  const due = new Map<string, bigint>();
  for (const { ledgerTxId, amount } of charges) {
    due.set(ledgerTxId, (due.get(ledgerTxId) ?? 0n) + amount);
  }
  const balances = new Map<string, bigint>();
  for await (const { id, kind, entries } of source.transactions()) {
    let [rest, revenue] = [0n, 0n];
    for (const { accountId, amount } of entries) {
      rest += amount;
      if (accountId.startsWith('revenue:')) revenue -= amount;
      balances.set(accountId, (balances.get(accountId) ?? 0n) + amount);
    }
    if (rest !== 0n) tell(`The entries of transaction ${id} sum to ${rest}, not to 0.`);
    const charged = due.get(id);
    due.delete(id);
    if (CHARGED.has(kind) && (charged ?? 0n) !== revenue) {
      tell(`Transaction ${id} posts ${revenue} billionths for charges of ${charged ?? 0n}.`);
    }
  }
  for (const id of due.keys()) tell(`Transaction ${id} has charges and is not in the ledger.`);
  for (const { accountId, posted } of source.balances) {
    const sum = balances.get(accountId) ?? 0n;
    balances.delete(accountId);
    if (sum !== posted) tell(`Account ${accountId} says ${posted}, its entries sum to ${sum}.`);
  }
  for (const [accountId, sum] of balances) {
    if (sum !== 0n) tell(`Account ${accountId} has entries of ${sum} and no balance.`);
  }
}
