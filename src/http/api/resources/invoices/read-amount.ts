import { currencyDigits } from '../../../../kernel/currency.ts';
import { parseExact, roundTo, toNano } from '../../../../kernel/exact.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { MoneyNano } from '../../../../kernel/money.ts';
import { fieldProblem } from '../../framework/problem.ts';

const DECIMAL = /^\d{1,15}(\.\d{1,9})?$/;

/** Reads an amount in billionths. Throws `invalid_params` for what is none, or too much. */
export function readAmount(text: string, field = 'amount'): MoneyNano {
  const amount = DECIMAL.test(text) ? toNano(parseExact(text)) : undefined;
  if (amount !== undefined && amount <= limits.chargeNanoMax) return amount;
  const problem = amount === undefined ? 'is no amount' : 'is more than can be posted';
  const fix = 'Give a decimal as text with at most 9 decimals, for example "12.50".';
  throw fieldProblem([{ field, problem, fix }]);
}

/** The same, in whole smallest units of the currency. */
export function readMinorAmount(text: string, currency: string, field = 'amount'): MoneyNano {
  const amount = readAmount(text, field);
  const decimals = currencyDigits(currency);
  const units = roundTo(parseExact(text), decimals, 'down');
  if (units * 10n ** BigInt(9 - decimals) === amount) return amount;
  const fix = `Give at most ${decimals} decimals.`;
  throw fieldProblem([{ field, problem: `is no whole number of units of ${currency}`, fix }]);
}
