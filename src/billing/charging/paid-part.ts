import type { Period } from '../periods/period-at.ts';
import { isTrial } from '../plans/is-trial.ts';
import type { Subscription } from '../plans/plan.ts';
import type { DraftCharge } from './book-charges.ts';

/** The part of a period that a subscription is paid for; an empty one when there is none. */
export function paidPart(subscription: Subscription, { startMs, endMs }: Period): Period {
  const { startsAtMs, endsAtMs, trialEndsAtMs } = subscription;
  const from = Math.max(startMs, startsAtMs, trialEndsAtMs ?? startMs);
  const to = Math.min(endMs, endsAtMs ?? endMs);
  return { startMs: from, endMs: Math.max(from, to) };
}

/** Whether a subscription is tried for nothing in all of a period that it has a part of. */
export function isFreePeriod(subscription: Subscription, period: Period): boolean {
  const { startMs, endMs } = paidPart(subscription, period);
  return startMs === endMs && isTrial(subscription, period.startMs);
}

/** A charge of the time of trial: it costs nothing, and its quantity moves no counter. */
export function freeOf(charge: DraftCharge): DraftCharge {
  return { ...charge, kind: 'trial', amount: 0n };
}
