import { limits } from '../../kernel/limits.ts';
import type { DeliveryState } from '../store.ts';

/** A try that failed. */
export interface FailedTry {
  /** With this one. */
  readonly attempts: number;
  readonly nowMs: number;
  /** How long the receiver asks to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** From 0 to 1: what varies the pause, so that receivers do not get everything at once. */
  readonly chance: number;
}

/** The share of a pause that chance decides. */
const JITTER = 0.4;

/** When a delivery is tried again, or that it is given up. */
export function nextTry({ attempts, nowMs, retryAfterMs = 0, chance }: FailedTry): {
  readonly state: Exclude<DeliveryState, 'delivered'>;
  readonly nextAtMs: number;
} {
  if (attempts >= limits.webhookTriesMax) return { state: 'dead', nextAtMs: nowMs };
  const grown = limits.webhookRetryMsMin * 3 ** (attempts - 1);
  const pauseMs = Math.min(grown, limits.webhookRetryMsMax) * (1 - JITTER / 2 + chance * JITTER);
  const askedMs = Math.min(retryAfterMs, limits.webhookRetryMsMax);
  return { state: 'waiting', nextAtMs: nowMs + Math.round(Math.max(pauseMs, askedMs)) };
}
