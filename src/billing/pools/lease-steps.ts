import type { LeaseAnswer } from './lease-port.ts';
import { availableOf, outstandingOf, type Pool, type PoolLease } from './pool.ts';
import { sizeLease, type LeaseWish } from './size-lease.ts';

/** A pool and one of its leases after something happened to them. */
export interface LeaseStep {
  readonly pool: Pool;
  readonly lease: PoolLease;
}

/** What a record drew, and what it was charged. */
export interface HoldDrawn {
  /** What the record says it may cost at most, reserved on the lease. */
  readonly hold: bigint;
  /** What it was charged. */
  readonly charge: bigint;
}

/** …and who bears it. */
export interface DrawStep extends LeaseStep {
  /** The part of the charge that the pool bears. */
  readonly covered: bigint;
  /** The part that it cannot bear: more than was held, or from a lease that is over. */
  readonly overrun: bigint;
}

/** Who asks a pool for a lease, and under which id. */
export interface LeaseAsked extends LeaseWish {
  readonly leaseId: string;
  readonly nodeId: string;
  readonly runId: string;
  readonly expiresAtMs: number;
}

/** The answer, with what changes when a lease is granted. */
export interface AskStep {
  readonly answer: LeaseAnswer;
  readonly changed?: LeaseStep;
}

/**
 * Answers an instance that wants a lease. `earlier` is the lease of the same id, if there is one:
 * the request was sent before and its answer was lost. `instances` have open leases of the pool,
 * the asking one counted.
 */
export function askPool(
  pool: Pool,
  asked: LeaseAsked,
  earlier: PoolLease | undefined,
  instances: number,
): AskStep {
  if (earlier !== undefined) {
    const { granted, state, runId } = earlier;
    if (state !== 'open' || runId !== asked.runId) return { answer: { kind: 'over' } };
    const left = availableOf(pool);
    return { answer: { kind: 'granted', granted, isTight: true, left } };
  }
  const available = availableOf(pool);
  const size = sizeLease(available, asked, instances);
  if (size === undefined) return { answer: { kind: 'refused', available } };
  const { leaseId: id, nodeId, runId, expiresAtMs } = asked;
  const use = { granted: size.granted, drawn: 0n, spent: null, state: 'open' } as const;
  const lease: PoolLease = { id, poolId: pool.id, nodeId, runId, ...use, expiresAtMs };
  const outstanding = pool.outstanding + size.granted;
  return {
    answer: { kind: 'granted', ...size, left: available - size.granted },
    changed: { lease, pool: { ...pool, outstanding } },
  };
}

/**
 * The owner says what it spent; the rest goes back. Nothing changes when the lease is not open:
 * saying it twice is harmless, and what an abandoned lease spent is what its records say.
 */
export function closeLease(pool: Pool, lease: PoolLease, spent: bigint): LeaseStep {
  if (lease.state !== 'open') return { pool, lease };
  if (spent < lease.drawn || spent > lease.granted) {
    throw new RangeError('What was spent lies between what was drawn and what was granted');
  }
  const state = spent === lease.drawn ? 'settled' : 'closed';
  return replaceLease(pool, lease, { ...lease, spent, state });
}

/** The owner cannot say any more what it spent: what is outstanding stays so until all is rated. */
export function abandonLease(lease: PoolLease): PoolLease {
  return lease.state === 'settled' ? lease : { ...lease, state: 'abandoned' };
}

/** Every record of an abandoned lease has been charged: what none of them drew goes back. */
export function settleLease(pool: Pool, lease: PoolLease): LeaseStep {
  if (lease.state !== 'abandoned') return { pool, lease };
  return replaceLease(pool, lease, { ...lease, spent: lease.drawn, state: 'settled' });
}

/**
 * A record of the lease is charged. The pool bears no more than the record held, and of a record
 * that comes after its lease was settled no more than is available.
 */
export function drawLease(pool: Pool, lease: PoolLease, { hold, charge }: HoldDrawn): DrawStep {
  if (hold < 0n) throw new RangeError('A hold is not below 0');
  const before = outstandingOf(lease);
  const held = hold < before ? hold : before;
  const drawn = lease.drawn + hold;
  const late = hold - held;
  const spent = lease.spent === null ? null : lease.spent + late;
  const state = lease.state === 'closed' && drawn === spent ? 'settled' : lease.state;
  const next: PoolLease = { ...lease, drawn, spent, state };
  const lent = replaceLease(pool, lease, next);
  const available = availableOf(pool);
  const bearable = held + (available > 0n ? smallest(late, available) : 0n);
  const covered = charge < 0n ? 0n : smallest(charge, bearable);
  const overrun = charge - covered;
  return {
    lease: next,
    pool: {
      ...lent.pool,
      spent: lent.pool.spent + covered,
      overrun: lent.pool.overrun + (overrun > 0n ? overrun : 0n),
    },
    covered,
    overrun,
  };
}

function replaceLease(pool: Pool, before: PoolLease, lease: PoolLease): LeaseStep {
  const outstanding = pool.outstanding - outstandingOf(before) + outstandingOf(lease);
  return { lease, pool: { ...pool, outstanding } };
}

function smallest(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
