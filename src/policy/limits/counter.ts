import type { BoundLevel } from '../bounds.ts';
import type { EffectiveBound } from './effective-bound.ts';

/** What was used up, by one key of one level. */
export interface Used {
  /** When everything that was used will have come back, in milliseconds of the monotonic clock. */
  backAtMs: number;
  /** Requests that run. */
  running: number;
  /** True when it was forgotten to make room: whoever still holds it looks again. */
  isForgotten: boolean;
}

/** A bound with what was used of it. */
export interface Counter {
  readonly level: BoundLevel;
  /** The service or tool that it counts. */
  readonly name: string | undefined;
  readonly bound: EffectiveBound;
  readonly used: Used;
}

/**
 * How long to wait until one more request may come; 0 for now. A token bucket, kept as the one
 * number that tells how far it is from full: it fills by itself, and nothing runs for it.
 */
export function rateWaitMs({ bound, used }: Counter, nowMs: number): number {
  const { intervalMs, burst } = bound;
  if (intervalMs === undefined) return 0;
  const wantedMs = Math.max(used.backAtMs, nowMs) + intervalMs;
  // Sums of fractions of a millisecond are a little off; nobody waits for that.
  const waitMs = wantedMs - nowMs - burst * intervalMs;
  return waitMs > 1e-6 * intervalMs ? waitMs : 0;
}

/** True when as many run as may. */
export function isFull({ bound, used }: Counter): boolean {
  return used.running >= bound.concurrent;
}

/** Counts one request; one that runs takes a place until it has ended. */
export function take({ bound, used }: Counter, nowMs: number, runs: boolean): void {
  if (bound.intervalMs !== undefined) {
    used.backAtMs = Math.max(used.backAtMs, nowMs) + bound.intervalMs;
  }
  if (runs) used.running++;
}

/** How many more requests may come at once. */
export function remaining({ bound, used }: Counter, nowMs: number): number {
  const { intervalMs = 1, burst } = bound;
  const usedUp = Math.max(0, used.backAtMs - nowMs) / intervalMs;
  return Math.max(0, Math.floor(burst - usedUp + 1e-6));
}
