import type { BillingRule } from '../plans/plan.ts';
import * as r from './ratio.ts';

type Price = BillingRule['price'];
type Tiers = Extract<Price, { readonly model: 'graduated' | 'volume' }>;
type Percentage = Extract<Price, { readonly model: 'percentage' }>;
type Tier = Tiers['tiers'][number];

const text = (value: string | undefined): r.Ratio => r.readRatio(value ?? '0');

/** A period's events, in the order in which they were counted, and what was taken back of them. */
export interface CountedEvents {
  readonly quantities: readonly r.Ratio[];
  readonly voided: readonly r.Ratio[];
}

/**
 * What a period of a rule comes to in billionths; `share` is how much of a whole period it lasted,
 * null while it is open.
 */
export function priceAgain(price: Price, events: CountedEvents, share: r.Ratio | null): bigint {
  const amount = withTerms(price, grossOf(price, events));
  return r.inNano(share === null ? amount : atLeastPromised(price, amount, share));
}

function grossOf(price: Price, { quantities, voided }: CountedEvents): r.Ratio {
  if (price.model === 'percentage') return percentageOf(price, quantities, voided);
  const sum = quantities.reduce(r.plus, r.zero);
  const total = voided.reduce(r.minus, sum);
  return tableOf(price, total, quantities.length - voided.length);
}

function tableOf(price: Exclude<Price, Percentage>, total: r.Ratio, events: number): r.Ratio {
  const paid = r.larger(r.minus(total, text(price.included)), r.zero);
  switch (price.model) {
    case 'flat': {
      const isUsed = price.included === undefined ? events > 0 : paid.top > 0n;
      return isUsed ? text(price.amount) : r.zero;
    }
    case 'unit':
      return r.times(price.included === undefined ? total : paid, text(price.unitAmount));
    case 'package':
      return r.times(packages(price.included === undefined ? total : paid, price), {
        ...text(price.packageAmount),
      });
    case 'graduated':
      return graduated(price, price.included === undefined ? total : paid);
    case 'volume':
      return volume(price, price.included === undefined ? total : paid);
  }
}

function packages(
  quantity: r.Ratio,
  { packageSize, rounding = 'up' }: Extract<Price, { readonly model: 'package' }>,
): r.Ratio {
  return r.ratio(r.whole(r.per(quantity, text(packageSize)), rounding));
}

function graduated(price: Tiers, quantity: r.Ratio): r.Ratio {
  let sum = r.zero;
  let from = r.zero;
  for (const [index, tier] of price.tiers.entries()) {
    const isDueAtZero = index === 0 && price.firstFlatAtZero === true;
    if (!isDueAtZero && !r.isMore(quantity, from)) break;
    const to = tier.upTo === null ? quantity : r.smaller(quantity, text(tier.upTo));
    sum = r.plus(sum, tierAmount(tier, r.larger(r.minus(to, from), r.zero)));
    if (tier.upTo === null) break;
    from = text(tier.upTo);
  }
  return sum;
}

function volume(price: Tiers, quantity: r.Ratio): r.Ratio {
  if (quantity.top <= 0n && price.firstFlatAtZero !== true) return r.zero;
  const tier = price.tiers.find(({ upTo }) => upTo === null || !r.isMore(quantity, text(upTo)));
  return tier === undefined ? r.zero : tierAmount(tier, r.larger(quantity, r.zero));
}

function tierAmount(tier: Tier, quantity: r.Ratio): r.Ratio {
  const units =
    tier.packageSize === undefined
      ? quantity
      : r.ratio(r.whole(r.per(quantity, text(tier.packageSize)), 'up'));
  const rate = r.per(r.times(quantity, text(tier.ratePercent)), r.ratio(100n));
  const amount = r.plus(r.plus(r.times(units, text(tier.unitAmount)), rate), text(tier.flatAmount));
  return tier.maximumAmount === undefined ? amount : r.smaller(amount, text(tier.maximumAmount));
}

/** Event by event; what is taken back costs what it would as the last event. */
function percentageOf(
  price: Percentage,
  quantities: readonly r.Ratio[],
  voided: readonly r.Ratio[],
): r.Ratio {
  let [sum, before, count] = [r.zero, r.zero, 0n];
  for (const quantity of quantities) {
    sum = r.plus(sum, percentageOfOne(price, before, count, quantity));
    [before, count] = [r.plus(before, quantity), count + 1n];
  }
  for (const quantity of voided) {
    [before, count] = [r.minus(before, quantity), count - 1n];
    sum = r.minus(sum, percentageOfOne(price, before, count, quantity));
  }
  return sum;
}

function percentageOfOne(
  price: Percentage,
  before: r.Ratio,
  count: bigint,
  quantity: r.Ratio,
): r.Ratio {
  const paid = paidPart(price, before, count, quantity);
  if (paid === undefined) return r.zero;
  const rate = r.per(r.times(paid, text(price.ratePercent)), r.ratio(100n));
  let amount = r.plus(rate, text(price.fixedAmount));
  if (price.minimumPerEvent !== undefined) amount = r.larger(amount, text(price.minimumPerEvent));
  if (price.maximumPerEvent !== undefined) amount = r.smaller(amount, text(price.maximumPerEvent));
  return amount;
}

function paidPart(price: Percentage, before: r.Ratio, count: bigint, quantity: r.Ratio) {
  const free = price.freeAmount ?? price.included;
  if (price.freeEvents === undefined && free === undefined) return quantity;
  const isOver =
    price.freeEvents !== undefined && !r.isMore(text(price.freeEvents), r.ratio(count));
  if (isOver) return quantity;
  if (free === undefined) return undefined;
  const left = r.minus(text(free), before);
  if (left.top <= 0n) return quantity;
  return r.isMore(quantity, left) ? r.minus(quantity, left) : undefined;
}

function promised(price: Price): r.Ratio {
  const { commitment } = price;
  if (commitment?.quantity === undefined) return text(commitment?.amount);
  const quantity = text(commitment.quantity);
  if (price.model === 'percentage') return percentageOfOne(price, r.zero, 0n, quantity);
  return tableOf(price, quantity, 1);
}

function withTerms(price: Price, gross: r.Ratio): r.Ratio {
  let amount = gross;
  if (price.commitment !== undefined) {
    const beyond = r.minus(gross, promised(price));
    const factor = r.readRatio(price.commitment.overageFactor ?? '1');
    if (beyond.top > 0n) amount = r.plus(promised(price), r.times(beyond, factor));
  }
  return price.maximum === undefined ? amount : r.smaller(amount, text(price.maximum));
}

function atLeastPromised(price: Price, amount: r.Ratio, share: r.Ratio): r.Ratio {
  let raised = amount;
  if (price.minimum !== undefined) raised = r.larger(raised, r.times(text(price.minimum), share));
  if (price.commitment !== undefined && price.commitment.isTruedUp !== false) {
    raised = r.larger(raised, r.times(promised(price), share));
  }
  return price.maximum === undefined ? raised : r.smaller(raised, text(price.maximum));
}
