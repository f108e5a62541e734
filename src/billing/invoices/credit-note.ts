import {
  compare,
  type Exact,
  exactZero,
  fraction,
  multiply,
  subtract,
} from '../../kernel/exact.ts';
import {
  accountBalance,
  type AccountChange,
  type AccountStanding,
  accountStanding,
} from '../credits/account-balance.ts';

/** What is given back for the `share` of a period that is not used. Throws for more than all. */
export function creditNoteAmount(amount: Exact, share: Exact): Exact {
  if (compare(share, exactZero) < 0 || compare(share, fraction(1n, 1n)) > 0) {
    throw new RangeError('The share that is given back is from 0 to 1');
  }
  return multiply(amount, share);
}

/** What an invoice can still be credited for. Throws RangeError when the notes exceed it. */
export function creditableRest(invoice: Exact, notes: readonly Exact[]): Exact {
  const rest = notes.reduce(subtract, invoice);
  if (compare(rest, exactZero) < 0) {
    throw new RangeError('Credit notes are together not more than their invoice');
  }
  return rest;
}

/** What is open on an invoice after payments, refunds and adjustments; too much becomes credit. */
export function invoiceStanding(changes: readonly AccountChange[]): AccountStanding {
  return accountStanding(accountBalance(changes));
}
