import {
  add,
  compare,
  divide,
  type Exact,
  exactZero,
  multiply,
  parseExact,
} from '../../kernel/exact.ts';
import type { DecimalText } from './price.ts';

/** What tokens cost, by class: `input`, `output`, `cache_read`, `cache_write_5m`, `image_input`. */
export interface TokenRates {
  /** How many tokens a rate is for, such as `1000000`. */
  readonly per: DecimalText;
  readonly rates: Readonly<Record<string, DecimalText>>;
}

/** Rates for requests with at most so many tokens of context; null for those of any length. */
export interface ContextTier extends TokenRates {
  readonly upTo: DecimalText | null;
}

/** Tokens of one request or one period, by class. */
export type TokenQuantities = Readonly<Record<string, Exact>>;

/** Classes that the model reads, which make up the length of its context. */
const contextClass = /^(?:.*_)?input$|^cache_/;

/** What each class costs. Throws RangeError for a class without a rate: it must not be free. */
export function priceTokens(
  { per, rates }: TokenRates,
  quantities: TokenQuantities,
): ReadonlyMap<string, Exact> {
  return new Map(
    Object.entries(quantities).map(([name, tokens]) => {
      const rate = Object.hasOwn(rates, name) ? rates[name] : undefined;
      if (rate === undefined) throw new RangeError(`No rate for tokens of class ${name}`);
      return [name, divide(multiply(tokens, parseExact(rate)), parseExact(per))];
    }),
  );
}

/** The tokens that a request's model had to read, cached ones too. */
export function contextLength(quantities: TokenQuantities): Exact {
  return Object.entries(quantities)
    .filter(([name]) => contextClass.test(name))
    .reduce((sum, [, tokens]) => add(sum, tokens), exactZero);
}

/** The tier that the whole of one request is priced by. A limit belongs to its tier. */
export function contextTier<T extends { readonly upTo: DecimalText | null }>(
  tiers: readonly T[],
  length: Exact,
): T {
  const found = tiers.find(({ upTo }) => upTo === null || compare(length, parseExact(upTo)) <= 0);
  if (found === undefined) throw new RangeError('The context is longer than the last tier allows');
  return found;
}
