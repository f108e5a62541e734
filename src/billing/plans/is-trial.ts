import type { Subscription } from './plan.ts';

/** Whether a moment belongs to the time in which a subscription is tried for nothing. */
export function isTrial(
  { trialEndsAtMs }: Pick<Subscription, 'trialEndsAtMs'>,
  atMs: number,
): boolean {
  return trialEndsAtMs !== undefined && trialEndsAtMs !== null && atMs < trialEndsAtMs;
}
