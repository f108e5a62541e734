import type { MoneyNano } from '../../kernel/money.ts';

/** What was recorded, rated, charged and posted of a tenant, each counted on its own. */
export interface BillingFigures {
  /** Usage records since there are charges. */
  readonly recorded: number;
  /** Of these: rated, those set aside among them. */
  readonly rated: number;
  readonly refused: number;
  readonly pending: number;
  /** Records set aside that are there to be looked at. */
  readonly setAside: number;
  /** Charges for records, as they were counted when they were made, and as they are there. */
  readonly chargesMade: number;
  readonly chargesKept: number;
  readonly sums: readonly CurrencySums[];
  /** Transactions that do not sum to zero, or post something else than their charges. */
  readonly unbalanced: readonly string[];
  /** Accounts whose balance is not the sum of their entries. */
  readonly wrongBalances: readonly string[];
  /** Counters that have posted something else than the charges for them. */
  readonly wrongMeters: readonly string[];
  /**
   * Sums by the hour and the day that are not those of what they sum up; none while they are made
   * again.
   */
  readonly wrongRollups: readonly string[];
}

/** What was charged in a currency, added up in five places. */
export interface CurrencySums {
  /** ISO 4217. */
  readonly currency: string;
  readonly metered: MoneyNano;
  readonly charged: MoneyNano;
  readonly posted: MoneyNano;
  readonly balance: MoneyNano;
  /** What is on invoices, and what waits for one. */
  readonly invoiced: MoneyNano;
}

/** What the last look at a tenant's books found. */
export interface Reconciliation {
  readonly atMs: number;
  readonly figures: BillingFigures;
  /** What does not agree, in sentences; empty when everything does. */
  readonly differences: readonly string[];
}
