import type { Fence } from '../../kernel/fence.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Budget, BudgetTerms } from './budget.ts';
import type { LeaseAnswer, LeaseRequest } from './lease-port.ts';
import type { HoldDrawn } from './lease-steps.ts';
import type { Pool, PoolLease } from './pool.ts';

export type { Budget, BudgetTerms } from './budget.ts';
export { burnCredit, type RemainingCredit } from './burn-credit.ts';
export { creditMark } from './credit-mark.ts';
export type { LeaseAnswer, LeaseRequest } from './lease-port.ts';
export {
  askPool,
  closeLease,
  drawLease,
  settleLease,
  type HoldDrawn,
  type LeaseStep,
} from './lease-steps.ts';
export { availableOf, type Pool, type PoolLease, type PoolLeaseState } from './pool.ts';
export { isCountedCall } from './counted-call.ts';
export { poolIdOf, readPoolId } from './pool-id.ts';
export { readHolds, type RecordHold } from './record-holds.ts';
export { reachedPercents } from './reached-percents.ts';
export { transferOf } from '../ledger/ledger-transaction.ts';

/** One life of an instance, in whose name leases are taken. */
export interface LeaseOwner {
  readonly nodeId: string;
  readonly runId: string;
  /** How long a lease lasts, by the clock of the database. */
  readonly lifeMs: number;
}

/** A part of a record's hold, and what the record is charged of it. */
export interface RecordDraw extends HoldDrawn {
  readonly usageId: string;
  readonly leaseId: string;
}

/** What drawing came to. */
export interface DrawnHolds {
  readonly covered: bigint;
  /** What pools could not bear, and draws whose lease is not known any more. */
  readonly overrun: bigint;
}

/** What is charged to a wallet without a hold. */
export interface WalletCharge {
  readonly currency: string;
  /** Billionths of a unit. */
  readonly amount: bigint;
  /** The records or the charges that it is for; each is paid for once. */
  readonly purpose: readonly string[];
  /** What was charged without usage: what credit does not cover of it is no overrun. */
  readonly isFee?: boolean;
}

/** When leases of owners who do not come back end. */
export interface LeaseSweep {
  readonly nowMs: number;
  /** How long after its time a lease waits for its owner. */
  readonly graceMs: number;
  /** How long after its time a settled lease is kept, for records that come late. */
  readonly keptMs: number;
  readonly rowsMax: number;
}

/** Where the leases of all instances are kept. */
export interface PoolStore {
  /** Lends a part of a pool; a window of a budget becomes a pool when it is first asked. */
  acquire(owner: LeaseOwner, request: LeaseRequest): Promise<LeaseAnswer>;
  /** Says what was spent; fine for a lease that is not open, and for one that never was. */
  close(tenant: TenantId, leaseId: string, spent: bigint): Promise<void>;
  /** Whether there are any: whether anything is or was prepaid or has a budget. */
  exist(): Promise<boolean>;
  /** Gives up what earlier lives of an instance had open. Its records must be in the database. */
  abandon(nodeId: string, runId: string): Promise<void>;
  /** Charges records to the leases that they drew from. */
  draw(tenant: TenantId, draws: readonly RecordDraw[], nowMs: number): Promise<DrawnHolds>;
  /**
   * Gives up leases that are over, ends those whose records are all charged, and takes expired
   * credit away. True when there may be more; undefined when the fence is stale.
   */
  sweep(sweep: LeaseSweep, fence: Fence): Promise<boolean | undefined>;
  /** All pools, or those of the ids that there are, by id. */
  list(tenant: TenantId, ids?: readonly string[]): Promise<readonly Pool[]>;
  leases(tenant: TenantId, poolId: string): Promise<readonly PoolLease[]>;
  /** Those of all pools that are not settled. */
  openLeases(tenant: TenantId): Promise<readonly PoolLease[]>;
}

/** Credit to be added. */
export interface NewCredit {
  readonly id: string;
  /** What the grant stands for, in the words of who grants it: the same twice is granted once. */
  readonly key: string;
  readonly kind: 'bought' | 'given';
  /** ISO 4217. */
  readonly currency: string;
  /** Billionths of a unit, above 0. */
  readonly amount: bigint;
  /** The lower one is used first. */
  readonly priority: number;
  readonly expiresAtMs: number | null;
  readonly createdAtMs: number;
}

/** Credit that was granted, and what is left of it. */
export interface CreditGrant extends NewCredit {
  readonly remaining: bigint;
}

/** The credit of tenants. */
export interface CreditStore {
  /**
   * Adds credit and books it. The grant of the same key, when there is one: nothing is added then.
   * Rejects with `conflict` when that one says something else.
   */
  grant(tenant: TenantId, credit: NewCredit): Promise<CreditGrant>;
  /** The oldest first. */
  list(tenant: TenantId): Promise<readonly CreditGrant[]>;
}

/** What changes of a budget. */
export interface BudgetUpdate {
  readonly name: string;
  readonly limit: bigint;
  readonly terms: BudgetTerms;
  readonly updatedAtMs: number;
  readonly ifVersion: number | undefined;
}

/** A share of a budget that was reached. */
export interface BudgetAlert {
  readonly poolId: string;
  readonly percent: number;
  readonly spent: bigint;
  readonly limit: bigint;
  readonly atMs: number;
}

/** The budgets of tenants. */
export interface BudgetStore {
  /** By id. */
  list(tenant: TenantId): Promise<readonly Budget[]>;
  /** Rejects with `conflict` when the name is taken, or when there are too many. */
  insert(tenant: TenantId, budget: Budget): Promise<void>;
  /**
   * What it is then; undefined when there is none. A limit holds from now on, in the open window
   * too. Rejects with `conflict` for another version, or a name that is taken.
   */
  update(tenant: TenantId, id: string, update: BudgetUpdate): Promise<Budget | undefined>;
  /** False when there is none. What was spent of it stays known. */
  delete(tenant: TenantId, id: string, ifVersion: number | undefined): Promise<boolean>;
  /** The latest first. */
  alerts(tenant: TenantId, rowsMax: number): Promise<readonly BudgetAlert[]>;
}
