import type { UsageRecord } from '../../metering/store.ts';
import type { PlanTerms } from '../plans/plan.ts';

/** A charge as the books have it; the names are those of the store. */
export interface BookedCharge {
  readonly gateKey: string;
  readonly ruleId: string;
  readonly seq: number;
  readonly unit: string;
  readonly kind: string;
  readonly usageId: string | null;
  readonly planVersionId: string;
  readonly subscriptionId: string;
  readonly periodStartMs: number;
  readonly servicePeriodStartMs: number;
  readonly quantity: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly ledgerTxId: string;
  readonly atMs: number;
}

/** A subscription as far as checking goes. */
export interface BookedSubscription {
  readonly id: string;
  readonly planVersionId: string;
  readonly startsAtMs: number;
  readonly endsAtMs: number | null;
  readonly createdAtMs: number;
  readonly timeZone: string;
  readonly trialEndsAtMs?: number | null;
}

/** A period of a subscription; `share` is null while it is open. */
export interface OpenedPeriod {
  readonly subscriptionId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly share: string | null;
}

/** A transaction with its entries. */
export interface BookedTransaction {
  readonly id: string;
  readonly kind: string;
  readonly entries: readonly { readonly accountId: string; readonly amount: bigint }[];
}

/** A line of an invoice; amounts are texts. */
export interface BookedLine {
  readonly kind: string;
  readonly ruleId: string;
  readonly quantity: string | null;
  readonly amount: string;
  readonly printed: string;
}

/** What was given back of an invoice. */
export interface BookedNote {
  readonly number: string;
  readonly tax: bigint;
  readonly total: bigint;
}

/** An invoice as it is kept, with what was given back of it and the charges it is of. */
export interface BookedInvoice {
  readonly id: string;
  readonly status: string;
  readonly number: string | null;
  readonly subscriptionId: string;
  readonly currency: string;
  readonly charges: bigint;
  readonly credit: bigint;
  readonly tax: bigint;
  readonly total: bigint;
  readonly finalAtMs: number | null;
  readonly lines: readonly BookedLine[];
  readonly notes: readonly BookedNote[];
  readonly parts: readonly BookedPart[];
}

/** Which charges are on an invoice: those due when a period opened, or all others of it. */
export interface BookedPart {
  readonly subscriptionId: string;
  readonly periodStartMs: number;
  readonly part: string;
}

/** The books of one tenant, and the facts they were written from. */
export interface BooksSource {
  readonly subscriptions: readonly BookedSubscription[];
  /** The terms of each version that a subscription is on. */
  readonly terms: ReadonlyMap<string, PlanTerms>;
  readonly periods: readonly OpenedPeriod[];
  readonly services: ReadonlyMap<string, string>;
  /** Records with ids up to this one were let go. */
  readonly goneUpTo: string;
  readonly setAside: ReadonlySet<string>;
  /** Whether a record waits to be rated. */
  isWaiting(id: string, block: number): boolean;
  readonly balances: readonly { readonly accountId: string; readonly posted: bigint }[];
  records(): AsyncIterable<{ readonly record: UsageRecord; readonly block: number }>;
  charges(): AsyncIterable<BookedCharge>;
  invoices(): AsyncIterable<BookedInvoice>;
  transactions(): AsyncIterable<BookedTransaction>;
}
