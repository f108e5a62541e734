import type { McpOutcome } from '../mcp/message.ts';
import type { Ending } from './ending.ts';
import type { Admitted, Permitted, Routed } from './exchange.ts';
import { around, type Filter, type Forward } from './filter.ts';
import { refusedEnding } from './ending.ts';
import type { Observer } from './observer.ts';
import type { Spending } from './spending/spend-control.ts';

/** What an exchange holds while it runs: a place, part of a budget. */
export interface Hold {
  /** Gives back or books what was held, now that it is known how the exchange ended. */
  settle(ending: Ending): void | Promise<void>;
  /** Credit and budgets that are set aside; undefined for nearly every tenant. */
  readonly spending?: Spending | undefined;
}

/** The fixed steps of an exchange; the types allow no other order. */
export interface SpineSteps {
  /** A lookup in the caller's view. Throws what an unknown name or service answers. */
  route(admitted: Admitted): Routed;
  /** Decides by the arguments; what is refused answers exactly like what is unknown. */
  authorize(routed: Routed): Permitted;
  /** Throws GatewayError `too_many`, or what spending does; at once where nobody is asked. */
  reserve(permitted: Permitted): Hold | Promise<Hold>;
  /** Runs the exchange, keeps its usage record and settles the hold, whatever happens. */
  meter(permitted: Permitted, hold: Hold, run: () => Promise<McpOutcome>): Promise<McpOutcome>;
  readonly forward: Forward;
}

/** What goes around and beside the steps. */
export interface SpineExtensions {
  /** Around forwarding, the first one outermost. */
  readonly filters: readonly Filter[];
  /** Told of every refused exchange; `meter` tells of the others. */
  readonly observers: readonly Observer[];
}

/**
 * Takes one request of an admitted caller to its outcome. Not an async function: what is decided
 * here must not cost turns of the microtask queue.
 */
export function handle(
  steps: SpineSteps,
  extensions: SpineExtensions,
  admitted: Admitted,
): Promise<McpOutcome> {
  let exchange: Admitted = admitted;
  try {
    const routed = steps.route(admitted);
    exchange = routed;
    const permitted = steps.authorize(routed);
    const hold = steps.reserve(permitted);
    if (!(hold instanceof Promise)) return metered(steps, extensions, permitted, hold);
    return hold.then(
      (held) => metered(steps, extensions, permitted, held),
      (error: unknown) => refused(extensions, permitted, error),
    );
  } catch (error) {
    return refused(extensions, exchange, error);
  }
}

function metered(
  steps: SpineSteps,
  { filters }: SpineExtensions,
  permitted: Permitted,
  hold: Hold,
): Promise<McpOutcome> {
  return steps.meter(permitted, hold, () => around(filters, permitted, steps.forward));
}

function refused(
  { observers }: SpineExtensions,
  exchange: Admitted,
  error: unknown,
): Promise<never> {
  if (observers.length > 0) {
    const ending = refusedEnding(exchange, error);
    for (const observer of observers) observer.observe(exchange, ending);
  }
  return Promise.reject(error);
}
