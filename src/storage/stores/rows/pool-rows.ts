import type {
  Budget,
  BudgetTerms,
  CreditGrant,
  Pool,
  PoolLease,
} from '../../../billing/pools/store.ts';
import type { PoolTables } from '../tables/pool-tables.ts';

/** A row as it is read: amounts are text, for the engines' numbers end at 2^53. */
type ReadRow<Row> = {
  readonly [Name in keyof Row]: Row[Name] extends bigint
    ? string
    : Row[Name] extends bigint | null
      ? string | null
      : Row[Name];
};

/** A pool as its columns are read. */
export type PoolRow = ReadRow<PoolTables['pool']>;
/** A lease as its columns are read. */
export type PoolLeaseRow = ReadRow<PoolTables['pool_lease']>;
/** Credit as its columns are read. */
export type CreditRow = ReadRow<PoolTables['credit_grant']>;
/** A budget as its columns are read. */
export type BudgetRow = ReadRow<PoolTables['budget']>;

/** Reads a pool. */
export function toPool(row: PoolRow): Pool {
  return {
    id: row.id,
    limit: BigInt(row.limit_amount),
    spent: BigInt(row.spent_amount),
    outstanding: BigInt(row.outstanding_amount),
    overrun: BigInt(row.overrun_amount),
  };
}

/** Reads a lease. */
export function toPoolLease(row: PoolLeaseRow): PoolLease {
  return {
    id: row.id,
    poolId: row.pool_id,
    nodeId: row.node_id,
    runId: row.run_id,
    granted: BigInt(row.granted_amount),
    drawn: BigInt(row.drawn_amount),
    spent: row.spent_amount === null ? null : BigInt(row.spent_amount),
    state: row.state,
    expiresAtMs: row.expires_at_ms,
  };
}

/** Reads credit. */
export function toCredit(row: CreditRow): CreditGrant {
  return {
    id: row.id,
    key: row.grant_key,
    kind: row.kind,
    currency: row.currency,
    amount: BigInt(row.amount),
    remaining: BigInt(row.remaining_amount),
    priority: row.priority,
    expiresAtMs: row.expires_at_ms,
    createdAtMs: row.created_at_ms,
  };
}

/** Reads a budget. */
export function toBudget(row: BudgetRow): Budget {
  return {
    ...(JSON.parse(row.says) as BudgetTerms),
    id: row.id,
    name: row.name,
    unit: row.unit,
    limit: BigInt(row.limit_amount),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    version: row.version,
  };
}

/** What a budget says, as it is kept. */
export function budgetText(terms: BudgetTerms): string {
  const { scope, currency, window, timeZone, alertPercents } = terms;
  return JSON.stringify({ scope, currency, window, timeZone, alertPercents });
}
