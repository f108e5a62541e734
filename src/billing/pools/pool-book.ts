import type { TenantId } from '../../kernel/principal.ts';
import { HeldLease } from './held-lease.ts';
import type { LeasePort } from './lease-port.ts';
import { PoolShortage } from './pool-shortage.ts';
import { SpendRate } from './spend-rate.ts';

/** What an instance needs to hold leases. */
export interface LeaseBookContext {
  readonly port: LeasePort;
  readonly newLeaseId: () => string;
  /** A monotonic clock, milliseconds. */
  readonly nowMs: () => number;
  /** How long a lease may be used, counted from when it was asked for. */
  readonly usableMs: number;
  /** An unused lease goes back after this long. */
  readonly idleMs: number;
  /** What is spent within this time is asked for at once. */
  readonly rateWindowMs: number;
}

/** How many calls the first lease of a pool is asked for. */
const FIRST_CALLS = 8n;

interface Waiter {
  readonly amount: bigint;
  readonly resolve: (lease: HeldLease) => void;
  readonly reject: (error: unknown) => void;
}

interface Asked {
  readonly leaseId: string;
  readonly atMs: number;
}

/**
 * The leases that an instance has of one pool. It asks once at a time, for all calls that wait; an
 * id that got no answer is asked for again, so that what it may stand for is not forgotten.
 */
export class PoolBook {
  readonly #tenant: TenantId;
  readonly #poolId: string;
  readonly #context: LeaseBookContext;
  readonly #leases = new Set<HeldLease>();
  /** What was spent of leases whose end the pool has not confirmed. */
  readonly #ended = new Map<string, bigint>();
  readonly #rate: SpendRate;
  #waiting: Waiter[] = [];
  #asked: Asked | undefined;
  #isAsking = false;
  /** What the pool had left at its last answer, and what went back to it since. */
  #left: bigint | undefined;

  constructor(tenant: TenantId, poolId: string, context: LeaseBookContext) {
    this.#tenant = tenant;
    this.#poolId = poolId;
    this.#context = context;
    this.#rate = new SpendRate(context.rateWindowMs);
  }

  /** Whether it can be forgotten. */
  get isEmpty(): boolean {
    return this.#leases.size + this.#ended.size + this.#waiting.length === 0 && !this.#asked;
  }

  /**
   * What may still be spent as far as this instance knows; what others hold is not in it. Undefined
   * before the pool has answered.
   */
  get balance(): bigint | undefined {
    if (this.#left === undefined) return undefined;
    let balance = this.#left;
    for (const lease of this.#leases) balance += lease.free;
    return balance;
  }

  /** The lease that has so much set aside from now on; undefined when none could. */
  take(amount: bigint): HeldLease | undefined {
    const nowMs = this.#context.nowMs();
    for (const lease of this.#leases) {
      if (!lease.take(amount, nowMs)) continue;
      this.#rate.add(amount, nowMs);
      return lease;
    }
    return undefined;
  }

  /** The same once the pool has answered. Rejects with `PoolShortage`, or what the port threw. */
  ask(amount: bigint): Promise<HeldLease> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ amount, resolve, reject });
      if (!this.#isAsking) void this.#askForAll();
    });
  }

  /** A call is over; a lease that nobody needs goes back. */
  async leave(lease: HeldLease): Promise<void> {
    lease.leave();
    if (lease.isDone(this.#context.nowMs(), this.#context.idleMs)) await this.#end(lease);
  }

  /** Gives back what was not used for a while, or everything that no call is using. */
  async giveBack(isAll: boolean): Promise<void> {
    const { nowMs, idleMs } = this.#context;
    for (const lease of this.#leases) {
      if (isAll ? lease.isUnused : lease.isDone(nowMs(), idleMs)) this.#note(lease);
    }
    const isOld = this.#asked !== undefined && nowMs() - this.#asked.atMs >= idleMs;
    if (this.#asked !== undefined && !this.#isAsking && (isAll || isOld)) {
      this.#ended.set(this.#asked.leaseId, 0n);
      this.#asked = undefined;
    }
    await Promise.all([...this.#ended].map((one) => this.#close(...one)));
  }

  async #askForAll(): Promise<void> {
    this.#isAsking = true;
    try {
      for (;;) {
        const [first] = this.#waiting;
        if (first === undefined) return;
        await this.#askFor(first.amount);
      }
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    } finally {
      this.#isAsking = false;
    }
  }

  async #askFor(needed: bigint): Promise<void> {
    const { port, nowMs, newLeaseId, usableMs } = this.#context;
    const asked = (this.#asked ??= { leaseId: newLeaseId(), atMs: nowMs() });
    const wanted = this.#wanted(needed);
    const { leaseId } = asked;
    const request = { tenant: this.#tenant, poolId: this.#poolId, leaseId, needed, wanted };
    const answer = await port.acquire(request);
    this.#asked = undefined;
    if (answer.kind === 'refused') this.#refuse(answer.available);
    if (answer.kind !== 'granted') return;
    this.#left = answer.left;
    for (const lease of this.#leases) lease.retire();
    const until = asked.atMs + usableMs;
    const lease = new HeldLease(leaseId, answer.granted, answer.isTight, nowMs(), until);
    this.#leases.add(lease);
    this.#serve();
    if (lease.isUnused && answer.isTight) await this.#end(lease);
  }

  /** What is spent lately, and at least what all who wait need. */
  #wanted(needed: bigint): bigint {
    const waiting = this.#waiting.reduce((sum, { amount }) => sum + amount, 0n);
    const sums = [waiting, this.#rate.recent(this.#context.nowMs()), needed * FIRST_CALLS];
    return sums.reduce((one, other) => (one > other ? one : other));
  }

  #serve(): void {
    this.#waiting = this.#waiting.filter(({ amount, resolve }) => {
      const lease = this.take(amount);
      if (lease !== undefined) resolve(lease);
      return lease === undefined;
    });
  }

  #refuse(available: bigint): void {
    const [first, ...others] = this.#waiting;
    const isShort = (one: Waiter): boolean => one === first || one.amount > available;
    const waiting = first === undefined ? [] : [first, ...others];
    this.#waiting = waiting.filter((one) => !isShort(one));
    for (const { amount, reject } of waiting.filter(isShort)) {
      reject(new PoolShortage(this.#poolId, amount, available));
    }
  }

  #note(lease: HeldLease): void {
    if (this.#leases.delete(lease) && this.#left !== undefined) this.#left += lease.free;
    this.#ended.set(lease.id, lease.spent);
  }

  async #end(lease: HeldLease): Promise<void> {
    if (!this.#leases.has(lease)) return;
    this.#note(lease);
    await this.#close(lease.id, lease.spent);
  }

  /** An end that could not be told is told again later. */
  async #close(leaseId: string, spent: bigint): Promise<void> {
    try {
      await this.#context.port.close(this.#tenant, leaseId, spent);
      this.#ended.delete(leaseId);
    } catch {
      // It stays in `#ended`; the next round of giving back tells it again.
    }
  }
}
