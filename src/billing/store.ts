import type { Fence } from '../kernel/fence.ts';
import type { MoneyNano } from '../kernel/money.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { UsageRecord } from '../metering/store.ts';
import type { Charge, ChargeKey } from './charging/charge.ts';
import type { LedgerAccountKind, LedgerTransaction } from './ledger/ledger-transaction.ts';

export { pendingRuns, type PendingRun } from './pending-runs.ts';
export type { Charge, ChargeKey, ChargeKind } from './charging/charge.ts';
export { bookCharges, type Booking, type DraftCharge } from './charging/book-charges.ts';
export { chargeRecords, gateMark, type Charged } from './charging/charge-records.ts';
export type { Books } from './charging/open-accounts.ts';
export { closingCharges, openingCharges } from './charging/charge-period.ts';
export { discountCharge } from './charging/discount-charge.ts';
export { oneOffCharge, type OneOff } from './charging/one-off-charge.ts';
export { closingRecurring, openingRecurring } from './charging/recurring-charges.ts';
export { gateKey, periodGateKey } from './charging/gate-key.ts';
export {
  matchRecords,
  type MatchedRecord,
  type RatedUsage,
  type RefusedRecord,
} from './charging/match-records.ts';
export {
  decodeState,
  encodeState,
  meterMark,
  periodMark,
  shareOf,
  type BookedPeriod,
  type Meter,
  type MeterKey,
} from './charging/meter.ts';
export {
  createBillingMemo,
  periodOf,
  planAt,
  type BillingMemo,
  type CompiledVersion,
  type SubscribedPlan,
} from './charging/subscribed-plan.ts';
export { voidedCharge } from './charging/void-charge.ts';
export {
  accountId,
  checkBalanced,
  type LedgerAccountKind,
  type LedgerEntry,
  type LedgerTransaction,
} from './ledger/ledger-transaction.ts';
export {
  compareFigures,
  type BillingFigures,
  type CurrencySums,
  type Reconciliation,
  type ReconciliationStore,
} from './reconcile/store.ts';
export type { BillingRule, PlanTerms, PlanVersion, Subscription } from './plans/plan.ts';
export type { Period } from './periods/period-at.ts';

/** What one transaction of rating came to. */
export interface RatedRecords {
  /** Records that are not pending any more; some may have been set aside. */
  readonly records: number;
  readonly charges: number;
  readonly refused: number;
  /** Whether the tenant may have more that is pending. */
  readonly hasMore: boolean;
}

/** Which charges to list; `after` is the key of the last one of the page before. */
export interface ChargeQuery {
  readonly after?: ChargeKey;
  /** Those billed in the period of this subscription that begins at `periodStartMs`. */
  readonly subscriptionId?: string;
  readonly periodStartMs?: number;
  /** By key, the last first when true. */
  readonly descending: boolean;
  readonly rowsMax: number;
}

/** What a rule came to in a billed period. */
export interface ChargeTotal {
  readonly subscriptionId: string;
  readonly ruleId: string;
  readonly currency: string;
  readonly charges: number;
  readonly amount: MoneyNano;
}

/** A period of a subscription as it is kept. Times are epoch milliseconds. */
export interface PeriodState {
  readonly subscriptionId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly closedAtMs: number | null;
  /** How much of a whole period it lasted, exact, as text; null while it is open. */
  readonly share: string | null;
}

/** A record that could not be rated. */
export interface SetAside {
  readonly usageId: string;
  readonly reason: string;
  readonly atMs: number;
}

/** A charge to be taken back. */
export interface VoidRequest {
  readonly gateKey: string;
  readonly ruleId: string;
  readonly reason: string;
  readonly nowMs: number;
}

/** What was charged, and the ways it comes to be. */
export interface ChargeStore {
  /** Tenants with records that wait to be rated. */
  pendingTenants(): Promise<readonly TenantId[]>;
  /** Tenants that are or were on a plan. */
  subscribedTenants(): Promise<readonly TenantId[]>;
  /** Rates some of what a tenant has pending, all or nothing; undefined when the fence is stale. */
  rateUsage(tenant: TenantId, nowMs: number, fence: Fence): Promise<RatedRecords | undefined>;
  /**
   * Opens the periods of a tenant's subscriptions that have begun, and closes those that are over
   * for longer than the grace; true when there may be more. Undefined when the fence is stale.
   */
  turnPeriods(tenant: TenantId, nowMs: number, fence: Fence): Promise<boolean | undefined>;
  /** Rejects with `not_found` for no such charge, with `conflict` for one taken back already. */
  void(tenant: TenantId, request: VoidRequest): Promise<Charge>;
  list(tenant: TenantId, query: ChargeQuery): Promise<readonly Charge[]>;
  /** What each rule came to in the billed periods that begin at this moment. */
  totals(tenant: TenantId, periodStartMs: number): Promise<readonly ChargeTotal[]>;
  periods(tenant: TenantId): Promise<readonly PeriodState[]>;
  setAside(tenant: TenantId, after: string, rowsMax: number): Promise<readonly SetAside[]>;
}

/** An account with the sum of its entries. */
export interface AccountBalance {
  readonly accountId: string;
  readonly kind: LedgerAccountKind;
  readonly currency: string;
  readonly posted: MoneyNano;
}

/** The books of a tenant. */
export interface LedgerStore {
  balances(tenant: TenantId): Promise<readonly AccountBalance[]>;
  /** Transactions in the order of their ids, after this one. */
  list(tenant: TenantId, after: string, rowsMax: number): Promise<readonly LedgerTransaction[]>;
}

/** A record that is or will be rated, and the batch it came in. */
export interface RatedRecord {
  readonly record: UsageRecord;
  readonly block: number;
}

/** Records that wait to be rated: those of a batch with ids from the first to the last. */
export interface WaitingRun {
  readonly block: number;
  readonly firstId: string;
  readonly lastId: string;
}

/** What checking the books reads beside them. */
export interface VerificationStore {
  /** Records since there are charges, with ids after this one, in the order of ids. */
  records(tenant: TenantId, after: string, rowsMax: number): Promise<readonly RatedRecord[]>;
  waiting(tenant: TenantId): Promise<readonly WaitingRun[]>;
  /** What services were called when they were first rated, by id. */
  services(tenant: TenantId): Promise<ReadonlyMap<string, string>>;
}
