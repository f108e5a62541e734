import type { BookedCharge, BooksSource } from './books-source.ts';
import { isTriedWhole } from './paid-again.ts';
import { priceAgain } from './price-again.ts';
import { readRatio } from './ratio.ts';

/** Kinds of charges that move counters. */
const METERED = new Set(['usage', 'late', 'period_open', 'period_close', 'void']);

/** Checks that what was charged for each period of a rule is what its quantities cost. */
export function verifyMeters(
  source: BooksSource,
  charges: readonly BookedCharge[],
  blocks: ReadonlyMap<string, number>,
  tell: (difference: string) => void,
): void {
  const metered = charges.filter(({ kind }) => METERED.has(kind));
  const groups = Map.groupBy(metered, ({ subscriptionId, ruleId, servicePeriodStartMs }) =>
    JSON.stringify([subscriptionId, ruleId, servicePeriodStartMs]),
  );
  for (const group of groups.values()) checkPeriod(source, group, blocks, tell);
  checkOpenings(source, new Set(groups.keys()), tell);
}

function checkPeriod(
  source: BooksSource,
  group: readonly BookedCharge[],
  blocks: ReadonlyMap<string, number>,
  tell: (difference: string) => void,
): void {
  const [{ planVersionId, subscriptionId, ruleId, servicePeriodStartMs }] = group as [BookedCharge];
  const rule = source.terms.get(planVersionId)?.rules.find(({ id }) => id === ruleId);
  const period = source.periods.find(
    (one) => one.subscriptionId === subscriptionId && one.startMs === servicePeriodStartMs,
  );
  const name = `Rule ${ruleId} of ${subscriptionId} from ${servicePeriodStartMs} on`;
  if (rule === undefined || period === undefined) {
    tell(`${name} was charged, and there is no such rule or period.`);
    return;
  }
  const counted = group
    .filter(({ kind }) => kind === 'usage' || kind === 'late')
    .toSorted((one, other) => compareTimes(one, other, blocks));
  const voided = group.filter(({ kind }) => kind === 'void');
  const quantities = { quantities: counted.map(toRatio), voided: voided.map(toRatio) };
  const share = period.share === null ? null : readRatio(period.share);
  const due = priceAgain(rule.price, quantities, share);
  const charged = group.reduce((sum, { amount }) => sum + amount, 0n);
  if (due !== charged) {
    tell(`${name} was charged ${charged} billionths, and comes to ${due}.`);
  }
}

/** What is due without usage was charged too. */
function checkOpenings(
  { subscriptions, terms, periods }: BooksSource,
  charged: ReadonlySet<string>,
  tell: (difference: string) => void,
): void {
  const nothing = { quantities: [], voided: [] };
  for (const period of periods) {
    const { subscriptionId, startMs, share } = period;
    const subscription = subscriptions.find(({ id }) => id === subscriptionId);
    if (subscription !== undefined && isTriedWhole(subscription, period)) continue;
    for (const { id, price } of terms.get(subscription?.planVersionId ?? '')?.rules ?? []) {
      if (charged.has(JSON.stringify([subscriptionId, id, startMs]))) continue;
      if (priceAgain(price, nothing, share === null ? null : readRatio(share)) === 0n) continue;
      tell(
        `Rule ${id} of ${subscriptionId} from ${startMs} on was not charged what is due anyway.`,
      );
    }
  }
}

function toRatio({ quantity }: BookedCharge) {
  return readRatio(quantity);
}

/** In the order in which they were rated: by time, by batch, by id. */
function compareTimes(one: BookedCharge, other: BookedCharge, blocks: ReadonlyMap<string, number>) {
  const [mine, theirs] = [one.usageId ?? '', other.usageId ?? ''];
  return (
    one.atMs - other.atMs ||
    (blocks.get(mine) ?? 0) - (blocks.get(theirs) ?? 0) ||
    (mine < theirs ? -1 : 1)
  );
}
