/** A pool has too little for a call. */
export class PoolShortage extends Error {
  readonly poolId: string;
  readonly needed: bigint;
  readonly available: bigint;

  constructor(poolId: string, needed: bigint, available: bigint) {
    super(`The pool ${poolId} has ${available} left; the call may cost ${needed}`);
    this.name = 'PoolShortage';
    this.poolId = poolId;
    this.needed = needed;
    this.available = available;
  }
}
