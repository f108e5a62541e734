import type { BookedCharge, BooksSource } from './books-source.ts';
import { paidShare } from './paid-again.ts';
import { inNano, readRatio, times } from './ratio.ts';

/** Checks that each period was charged what recurs: all of it when closed, else a beginning. */
export function verifyRecurring(
  { subscriptions, terms, periods }: BooksSource,
  charges: readonly BookedCharge[],
  tell: (difference: string) => void,
): void {
  const groups = Map.groupBy(
    charges.filter(({ unit }) => unit === 'recurring'),
    ({ subscriptionId, ruleId, servicePeriodStartMs }) =>
      JSON.stringify([subscriptionId, ruleId, servicePeriodStartMs]),
  );
  for (const period of periods) {
    const { subscriptionId, startMs } = period;
    const subscription = subscriptions.find(({ id }) => id === subscriptionId);
    if (subscription === undefined) continue;
    for (const recurring of terms.get(subscription.planVersionId)?.recurring ?? []) {
      const mark = JSON.stringify([subscriptionId, `recurring:${recurring.id}`, startMs]);
      const group = groups.get(mark) ?? [];
      groups.delete(mark);
      const name = `Recurring charge ${recurring.id} of ${subscriptionId} from ${startMs} on`;
      const isOpen = period.share === null;
      if (isOpen && recurring.due === 'in_arrears' && group.length === 0) continue;
      if (isOpen || group.length === 0) {
        if (group.length !== 1) tell(`${name} was charged ${group.length} times.`);
        continue;
      }
      const whole = times(readRatio(recurring.amount), readRatio(recurring.quantity));
      const share = paidShare(subscription, period, recurring.proration);
      const due = inNano(times(whole, share));
      const charged = group.reduce((sum, { amount }) => sum + amount, 0n);
      if (due !== charged) tell(`${name} was charged ${charged} billionths, and comes to ${due}.`);
    }
  }
  for (const mark of groups.keys()) tell(`A recurring charge is of no period or plan: ${mark}.`);
}
