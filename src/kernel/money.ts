/** An amount in billionths of a currency unit; money is never a JS number. */
export type MoneyNano = bigint;

const NANO_DIGITS = 9;

/** Writes an amount as a decimal string with at least two decimals: 1500000000n → "1.50". */
export function formatMoney(amount: MoneyNano): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(NANO_DIGITS + 1, '0');
  const fraction = digits.slice(-NANO_DIGITS).replace(/0+$/, '').padEnd(2, '0');
  return `${sign}${digits.slice(0, -NANO_DIGITS)}.${fraction}`;
}
