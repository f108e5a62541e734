/**
 * Something that is drawn from: the credit of a tenant, or a window of a budget. All amounts are
 * whole: billionths of a currency unit, or calls. `spent + outstanding <= limit` holds always, but
 * for a budget whose limit was lowered under what was spent.
 */
export interface Pool {
  readonly id: string;
  /** The credit that was granted; the hard limit of a budget. */
  readonly limit: bigint;
  /** What was charged to it. */
  readonly spent: bigint;
  /** What instances may still charge to it: the sum over its leases. */
  readonly outstanding: bigint;
  /** What had to be charged to somebody else, because the pool had no more or nobody held it. */
  readonly overrun: bigint;
}

/**
 * `open`: its owner may spend it. `closed`: the owner said how much it spent. `abandoned`: the
 * owner cannot say any more. `settled`: every record that drew from it has been charged.
 */
export type PoolLeaseState = 'open' | 'closed' | 'abandoned' | 'settled';

/** A part of a pool that one instance may spend without asking. */
export interface PoolLease {
  readonly id: string;
  readonly poolId: string;
  readonly nodeId: string;
  /** One life of the instance: a new one at every start. */
  readonly runId: string;
  readonly granted: bigint;
  /** The holds of its records that have been charged. */
  readonly drawn: bigint;
  /** The holds of all its records, charged or not; null until somebody knows. */
  readonly spent: bigint | null;
  readonly state: PoolLeaseState;
  /** Epoch milliseconds on the clock of the database. */
  readonly expiresAtMs: number;
}

/** What nobody has spent and nobody may spend; below 0 when a limit was lowered. */
export function availableOf({ limit, spent, outstanding }: Pool): bigint {
  return limit - spent - outstanding;
}

/** What may still be charged to a lease. */
export function outstandingOf({ granted, drawn, spent }: PoolLease): bigint {
  const rest = (spent ?? granted) - drawn;
  return rest > 0n ? rest : 0n;
}
