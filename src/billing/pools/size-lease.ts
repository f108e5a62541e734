/** What an instance asks a pool for. */
export interface LeaseWish {
  /** Less than this is of no use. */
  readonly needed: bigint;
  /** What it is likely to spend within the next seconds. */
  readonly wanted: bigint;
}

/** How much of a pool a lease gets. */
export interface LeaseSize {
  readonly granted: bigint;
  /** The pool is nearly empty: what is not needed at once should come back at once. */
  readonly isTight: boolean;
}

/** The part of what is available that one lease gets at most, unless one call needs more. */
const SHARE = 50n;

/**
 * How much to lend when so much is available and so many instances, the asking one among them, have
 * a part of the pool; undefined when there is too little. Where the rest would not do for all of
 * them, each gets just what its next call needs.
 */
export function sizeLease(
  available: bigint,
  { needed, wanted }: LeaseWish,
  instances: number,
): LeaseSize | undefined {
  if (needed < 0n) throw new RangeError('What a call needs is not below 0');
  if (available < needed || available <= 0n) return undefined;
  const share = available / SHARE;
  const likely = wanted < share ? wanted : share;
  const chunk = likely > needed ? likely : needed;
  const isTight = share < needed || available < chunk * BigInt(instances);
  return { granted: isTight ? needed : chunk, isTight };
}
