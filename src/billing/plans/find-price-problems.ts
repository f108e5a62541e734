import { compare, parseExact } from '../../kernel/exact.ts';
import type { Price, Tier } from '../rating/price.ts';
import type { TermsProblem } from './terms-problem.ts';

/** What is wrong with a price whose shape is right; `field` is where it stands. */
export function findPriceProblems(price: Price, field: string): readonly TermsProblem[] {
  return [
    ...('tiers' in price ? tierProblems(price.tiers, `${field}.tiers`) : []),
    ...orderProblems(price, field),
    ...commitmentProblems(price, field),
  ];
}

/** Whether a price takes its quantity for an amount of money. */
export function isShareOfMoney(price: Price): boolean {
  if (price.model === 'percentage') return true;
  return 'tiers' in price && price.tiers.some(({ ratePercent }) => ratePercent !== undefined);
}

function tierProblems(tiers: readonly Tier[], field: string): TermsProblem[] {
  const problems: TermsProblem[] = [];
  for (const [at, tier] of tiers.entries()) {
    const place = `${field}[${at}]`;
    problems.push(...boundProblems(tiers, at, `${place}.upTo`));
    const { unitAmount, flatAmount, ratePercent, packageSize } = tier;
    if ((unitAmount ?? flatAmount ?? ratePercent) === undefined) {
      const fix = 'Give unitAmount, flatAmount or ratePercent; "0" for what is free.';
      problems.push({ field: place, problem: 'has no price', fix });
    }
    if (packageSize !== undefined && unitAmount === undefined) {
      const problem = 'says how large a package is, and nothing says what it costs';
      problems.push({ field: `${place}.packageSize`, problem, fix: 'Give unitAmount as well.' });
    }
  }
  return problems;
}

function boundProblems(tiers: readonly Tier[], at: number, field: string): TermsProblem[] {
  const upTo = tiers[at]?.upTo ?? null;
  const below = at === 0 ? null : (tiers[at - 1]?.upTo ?? null);
  const isLast = at === tiers.length - 1;
  if (upTo === null) {
    if (isLast) return [];
    const problem = 'has no end, so the tier after it overlaps with it';
    return [{ field, problem, fix: 'Give an end; only the last tier has null.' }];
  }
  if (below !== null && compare(parseExact(upTo), parseExact(below)) <= 0) {
    const problem = `ends at ${upTo}, and the tier before it at ${below} already: they overlap`;
    return [{ field, problem, fix: `Give more than ${below}.` }];
  }
  if (!isLast) return [];
  const problem = `leaves a gap: what is above ${upTo} has no price`;
  return [{ field, problem, fix: 'Give null in the last tier.' }];
}

/** Two amounts by their names, the smaller one first. */
type Bounds = readonly [string, string | undefined, string, string | undefined];

function orderProblems(price: Price, field: string): TermsProblem[] {
  const pairs: readonly Bounds[] = [
    ['minimum', price.minimum, 'maximum', price.maximum],
    ...(price.model === 'percentage'
      ? ([
          ['minimumPerEvent', price.minimumPerEvent, 'maximumPerEvent', price.maximumPerEvent],
        ] satisfies readonly Bounds[])
      : []),
  ];
  return pairs.flatMap(([low, least, high, most]) => {
    if (least === undefined || most === undefined) return [];
    if (compare(parseExact(least), parseExact(most)) <= 0) return [];
    const fix = `Give ${least} or more, or a smaller ${low}.`;
    return [{ field: `${field}.${high}`, problem: `is less than ${low}, ${least}`, fix }];
  });
}

function commitmentProblems({ commitment }: Price, field: string): TermsProblem[] {
  if (commitment === undefined) return [];
  const { amount, quantity } = commitment;
  if ((amount === undefined) !== (quantity === undefined)) return [];
  const problem = 'says not what was promised, or says it twice';
  return [{ field: `${field}.commitment`, problem, fix: 'Give one of amount and quantity.' }];
}
