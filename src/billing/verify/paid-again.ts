import type { BookedSubscription, OpenedPeriod } from './books-source.ts';
import { ratio, zero, type Ratio } from './ratio.ts';

/** From when to when a subscription is paid for in a period; not at all when it ends before. */
interface PaidTime {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Whether nothing of a period is paid for because all of it is trial. */
export function isTriedWhole(subscription: BookedSubscription, period: OpenedPeriod): boolean {
  const { fromMs, toMs } = paidTime(subscription, period);
  return toMs <= fromMs && (subscription.trialEndsAtMs ?? 0) > period.startMs;
}

/** Which share of a period is paid for, by dates of the zone or by time. */
export function paidShare(
  subscription: BookedSubscription,
  period: OpenedPeriod,
  proration: string,
): Ratio {
  const { fromMs, toMs } = paidTime(subscription, period);
  if (toMs <= fromMs) return zero;
  if (proration === 'none') return ratio(1n);
  const { startMs, endMs } = period;
  if (proration === 'by_millisecond') return ratio(BigInt(toMs - fromMs), BigInt(endMs - startMs));
  const dateOf = dates(subscription.timeZone);
  return ratio(dateOf(toMs) - dateOf(fromMs), dateOf(endMs) - dateOf(startMs));
}

function paidTime(
  { startsAtMs, endsAtMs, trialEndsAtMs }: BookedSubscription,
  { startMs, endMs }: OpenedPeriod,
): PaidTime {
  return {
    fromMs: Math.max(startMs, startsAtMs, trialEndsAtMs ?? 0),
    toMs: endsAtMs === null ? endMs : Math.min(endMs, endsAtMs),
  };
}

/** Numbers the dates of a zone's calendar one after the other. */
function dates(timeZone: string): (atMs: number) => bigint {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return (atMs) => BigInt(Date.parse(`${format.format(atMs)}T00:00:00Z`)) / 86_400_000n;
}
