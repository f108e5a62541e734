import type { TenantId } from '../../kernel/principal.ts';
import type { HeldLease } from './held-lease.ts';
import { PoolBook, type LeaseBookContext } from './pool-book.ts';

/** What a call may take from a pool at most. */
export interface PoolDraw {
  readonly poolId: string;
  readonly amount: bigint;
}

/** A part of a hold: the lease, and the most that its record may cost. */
export type HoldPart = readonly [leaseId: string, amount: bigint];

/** What is set aside for a call. */
export interface CallHold {
  /**
   * Says what a part of the call costs at most that has a record of its own, in the order of its
   * draws; what that record must say. What is left stays set aside for what comes.
   */
  settlePart(amounts: readonly bigint[]): readonly HoldPart[];
  /**
   * Says what the call costs at most, in the order of its draws; what its record must say. Called
   * once, before the record is written; without it the call costs nothing.
   */
  settle(amounts: readonly bigint[]): readonly HoldPart[];
  /** The call is over and its record durable, or it will never have one. Called once. */
  release(): Promise<void>;
}

/** All leases of an instance: what its calls may spend without asking. */
export class LeaseBook {
  readonly #context: LeaseBookContext;
  readonly #pools = new Map<string, PoolBook>();

  constructor(context: LeaseBookContext) {
    this.#context = context;
  }

  /**
   * Sets aside what a call may cost, from all pools or from none. At once where the leases suffice;
   * otherwise once the pools have answered, which may be a `PoolShortage`.
   */
  hold(tenant: TenantId, draws: readonly PoolDraw[]): CallHold | Promise<CallHold> {
    const taken: Taken[] = [];
    for (const draw of draws) {
      const book = this.#bookOf(tenant, draw.poolId);
      const lease = book.take(draw.amount);
      if (lease === undefined) return this.#askFor(tenant, draws, taken);
      taken.push({ book, lease, amount: draw.amount });
    }
    return new TakenHold(taken);
  }

  /** What may still be spent of a pool as far as this instance knows; else undefined. */
  balanceOf(tenant: TenantId, poolId: string): bigint | undefined {
    return this.#pools.get(markOf(tenant, poolId))?.balance;
  }

  /** Gives back what was not used for a while. */
  async giveBackIdle(): Promise<void> {
    await this.#giveBack(false);
  }

  /** Gives back everything that no call is using; what could not be told stays for another try. */
  async giveBackAll(): Promise<void> {
    await this.#giveBack(true);
  }

  async #askFor(tenant: TenantId, draws: readonly PoolDraw[], taken: Taken[]): Promise<CallHold> {
    try {
      for (const { poolId, amount } of draws.slice(taken.length)) {
        const book = this.#bookOf(tenant, poolId);
        const lease = book.take(amount) ?? (await book.ask(amount));
        taken.push({ book, lease, amount });
      }
      return new TakenHold(taken);
    } catch (error) {
      const hold = new TakenHold(taken);
      hold.settle(taken.map(() => 0n));
      await hold.release();
      throw error;
    }
  }

  async #giveBack(isAll: boolean): Promise<void> {
    for (const [key, book] of this.#pools) {
      await book.giveBack(isAll);
      if (book.isEmpty) this.#pools.delete(key);
    }
  }

  #bookOf(tenant: TenantId, poolId: string): PoolBook {
    const key = markOf(tenant, poolId);
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const book = new PoolBook(tenant, poolId, this.#context);
    this.#pools.set(key, book);
    return book;
  }
}

interface Taken {
  readonly book: PoolBook;
  readonly lease: HeldLease;
  /** What no record has said yet. */
  amount: bigint;
}

class TakenHold implements CallHold {
  readonly #taken: readonly Taken[];
  #isSettled = false;

  constructor(taken: readonly Taken[]) {
    this.#taken = taken;
  }

  settlePart(amounts: readonly bigint[]): readonly HoldPart[] {
    if (this.#isSettled) throw new Error('A hold is settled already');
    return this.#taken.map((taken, index) => {
      const spent = least(amounts[index] ?? 0n, taken.amount);
      taken.lease.settle(spent, spent);
      taken.amount -= spent;
      return [taken.lease.id, spent];
    });
  }

  settle(amounts: readonly bigint[]): readonly HoldPart[] {
    if (this.#isSettled) throw new Error('A hold is settled once');
    this.#isSettled = true;
    return this.#taken.map(({ lease, amount }, index) => {
      const spent = least(amounts[index] ?? 0n, amount);
      lease.settle(amount, spent);
      return [lease.id, spent];
    });
  }

  async release(): Promise<void> {
    if (!this.#isSettled) this.settle([]);
    await Promise.all(this.#taken.map(({ book, lease }) => book.leave(lease)));
  }
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);

function markOf(tenant: TenantId, poolId: string): string {
  return `${tenant} ${poolId}`;
}
