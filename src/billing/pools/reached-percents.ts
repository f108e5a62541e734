/** Which shares of a limit are reached by now; each percent counts from exactly that share on. */
export function reachedPercents(
  percents: readonly number[],
  spent: bigint,
  limit: bigint,
): readonly number[] {
  return percents.filter((percent) => spent * 100n >= limit * BigInt(percent));
}
