/** The first and the last bytes of a body, which are all that is kept of it. */
export interface BodyEnds {
  add(fragment: Buffer): void;
  bytes(): number;
  contains(needle: string): boolean;
  clear(): void;
}

/** Bytes kept from each end; a shorter body is kept whole. */
const KEPT_BYTES = 4096;

/** Creates an empty record that copies what it keeps. */
export function createBodyEnds(): BodyEnds {
  const first = Buffer.allocUnsafeSlow(KEPT_BYTES);
  const last = Buffer.allocUnsafeSlow(KEPT_BYTES);
  let firstBytes = 0;
  let lastBytes = 0;
  let total = 0;
  return {
    add(fragment) {
      total += fragment.length;
      if (firstBytes < KEPT_BYTES) firstBytes += fragment.copy(first, firstBytes);
      const kept = fragment.subarray(Math.max(0, fragment.length - KEPT_BYTES));
      const old = Math.min(lastBytes, KEPT_BYTES - kept.length);
      last.copyWithin(0, lastBytes - old, lastBytes);
      lastBytes = old + kept.copy(last, old);
    },
    bytes: () => total,
    contains: (needle) =>
      first.subarray(0, firstBytes).includes(needle, 0, 'latin1') ||
      last.subarray(0, lastBytes).includes(needle, 0, 'latin1'),
    clear() {
      firstBytes = lastBytes = total = 0;
    },
  };
}
