import { formatMoney } from '../../kernel/money.ts';
import type { BillingFigures, CurrencySums } from './billing-figures.ts';

/**
 * What does not agree, in sentences: what was recorded is rated or waits for it, what was rated is
 * charged as often as it was counted, what was charged is posted, and every sum of it is the same.
 */
export function compareFigures(figures: BillingFigures): readonly string[] {
  const { recorded, rated, pending, refused, setAside, chargesMade, chargesKept } = figures;
  return [
    ...differ('Usage records', recorded, 'records rated or waiting', rated + pending),
    ...differ('Records counted as set aside', refused, 'records that are set aside', setAside),
    ...differ('Charges counted when they were made', chargesMade, 'charges there are', chargesKept),
    ...figures.sums.flatMap(compareSums),
    ...figures.unbalanced.map((id) => `Transaction ${id} does not balance with its charges.`),
    ...figures.wrongBalances.map((id) => `The balance of ${id} is not the sum of its entries.`),
    ...figures.wrongMeters.map((id) => `The counter of ${id} has posted other than was charged.`),
    ...figures.wrongRollups.map((name) => `The rollups of ${name} are not what they sum up.`),
  ];
}

function compareSums(sums: CurrencySums) {
  const { currency, metered, charged, posted, balance, invoiced } = sums;
  const charges = `the charges in ${currency}`;
  return [
    ...differInMoney('The counters', metered, charges, charged),
    ...differInMoney('The ledger', posted, charges, charged),
    ...differInMoney('The balance', balance, charges, charged),
    ...differInMoney('The invoices', invoiced, charges, charged),
  ];
}

function differ(one: string, count: number, other: string, otherCount: number) {
  if (count === otherCount) return [];
  return [`${one} are ${count}, ${other} are ${otherCount}.`];
}

function differInMoney(one: string, amount: bigint, other: string, otherAmount: bigint) {
  if (amount === otherAmount) return [];
  return [`${one} sum to ${formatMoney(amount)}, ${other} to ${formatMoney(otherAmount)}.`];
}
