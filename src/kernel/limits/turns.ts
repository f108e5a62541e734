import { GatewayError } from '../errors.ts';

/** Runs work with at most so many at once. */
export type Turns = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** How much work there may be. */
export interface TurnsOptions {
  /** Running at once. */
  readonly runningMax: number;
  /** Waiting for a turn; more are refused. */
  readonly waitingMax: number;
  /** Names the bound in the refusal. */
  readonly limit: string;
}

/**
 * Bounds work that is dear: who finds the queue full is refused with GatewayError `too_many`.
 * Turns are given in the order in which they were asked for.
 */
export function createTurns({ runningMax, waitingMax, limit }: TurnsOptions): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= runningMax) {
      if (waiting.length >= waitingMax) {
        throw new GatewayError('too_many', undefined, { data: { limit } });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      // The turn is handed on, so nobody who comes now overtakes who waits.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
