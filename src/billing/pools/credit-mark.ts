/** The share of credit, in percent, at or below which a wallet is called low. */
const LOW_PERCENT = 20n;

/**
 * What a tenant should know when credit was used: that nothing is left, or that what is left fell
 * to a fifth of the grants which were not used up before. Undefined when that was so before.
 */
export function creditMark(
  before: bigint,
  after: bigint,
  granted: bigint,
): 'low' | 'exhausted' | undefined {
  if (after <= 0n) return before > 0n ? 'exhausted' : undefined;
  const isLow = (amount: bigint): boolean => amount * 100n <= granted * LOW_PERCENT;
  return isLow(after) && !isLow(before) ? 'low' : undefined;
}
