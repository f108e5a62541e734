import { parseExact, toNano } from '../../../kernel/exact.ts';
import { modelName, type Provider } from '../provider.ts';
import { knownModel, type KnownRates } from './known-models.ts';
import type { Price, PriceRates } from '../price.ts';

/**
 * Every price of a model: the tenant's own when it has any, for that is what it pays, and else
 * those that are built in. Empty for a model that is unpriced.
 */
export function pricesOf(
  { name, settings }: Pick<Provider, 'name' | 'settings'>,
  id: string,
  own: readonly Price[],
): readonly Price[] {
  const model = modelName(name, id);
  const mine = own.filter((price) => price.model === model);
  if (mine.length > 0) return mine;
  const rates = knownModel(settings, id)?.rates ?? [];
  return rates.map((one) => ({
    id: 'built-in',
    model,
    validFromMs: Date.parse(`${one.from}T00:00:00Z`),
    currency: 'USD',
    rates: ratesOf(one),
  }));
}

/** Nano-units a million tokens, from the decimals of the table. */
export function ratesOf({ input, cachedInput, cacheWrite, output }: KnownRates): PriceRates {
  const nano = (text: string): bigint => toNano(parseExact(text));
  return {
    input: nano(input),
    cachedInput: nano(cachedInput),
    cacheWrite: cacheWrite === undefined ? null : nano(cacheWrite),
    output: nano(output),
  };
}
