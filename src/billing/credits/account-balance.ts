import { add, compare, type Exact, exactZero, greatest, negate } from '../../kernel/exact.ts';

/** Something that changes what an account owes. */
export interface AccountChange {
  /** A charge and a refund make it owe more, a credit and a payment less; others by their sign. */
  readonly kind: 'charge' | 'refund' | 'credit' | 'payment' | 'adjustment' | 'balance';
  /** Of a `balance`: what is owed already, below 0 for what was paid too much. */
  readonly amount: Exact;
}

/** What an account owes, and what it has in hand; one of the two is 0. */
export interface AccountStanding {
  readonly due: Exact;
  readonly credit: Exact;
}

/** What is owed after all changes; below 0 when the account has credit. */
export function accountBalance(changes: readonly AccountChange[]): Exact {
  return changes.reduce(
    (sum, { kind, amount }) =>
      add(sum, kind === 'credit' || kind === 'payment' ? negate(amount) : amount),
    exactZero,
  );
}

/** What is to be paid for a balance, or what it leaves for the next invoice. */
export function accountStanding(balance: Exact): AccountStanding {
  return {
    due: greatest(balance, exactZero),
    credit: compare(balance, exactZero) < 0 ? negate(balance) : exactZero,
  };
}
