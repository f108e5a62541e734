/** Returns the value below which `share` (0..1) of the sorted numbers lie, by nearest rank. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const rank = Math.ceil(share * sorted.length);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] ?? Number.NaN;
}

/** Returns the middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Returns the half (rounded up) of the windows during which the core did least other work. */
export function quieterHalf<Window extends { readonly foreignShare: number }>(
  windows: readonly Window[],
): readonly Window[] {
  const byNoise = windows.toSorted((left, right) => left.foreignShare - right.foreignShare);
  return byNoise.slice(0, Math.ceil(byNoise.length / 2));
}
