import type { McpOutcome } from '../mcp/message.ts';
import { WholeIo } from './whole-io.ts';
import type { Permitted } from './exchange.ts';

/** Sends a permitted request on its way. */
export type Forward = (exchange: Permitted) => Promise<McpOutcome>;

/** Something that goes around the forwarding of a permitted request: a cache, a guardrail. */
export interface Filter {
  /** False for an exchange that it lets pass as it is: then it is not in its way at all. */
  concerns(exchange: Permitted): boolean;
  /**
   * True for an exchange whose result it must have whole: nothing of the result goes to the client
   * before the filter has let it pass.
   */
  needsWhole(exchange: Permitted): boolean;
  /**
   * Passes the exchange on with `next`, as it is or changed (see `withParams`), any number of
   * times; what it returns, held back or replaced, is the outcome. What it throws is the client's.
   */
  filter(exchange: Permitted, next: Forward): Promise<McpOutcome>;
}

/** Forwards through the filters, the first one outermost. */
export function around(
  filters: readonly Filter[],
  exchange: Permitted,
  forward: Forward,
): Promise<McpOutcome> {
  let next = forward;
  let isWhole = false;
  for (let index = filters.length - 1; index >= 0; index--) {
    const filter = filters[index] as Filter;
    if (!filter.concerns(exchange)) continue;
    const inner = next;
    next = (changed) => filter.filter(changed, inner);
    isWhole ||= exchange.io.pipe !== undefined && filter.needsWhole(exchange);
  }
  return next(isWhole ? { ...exchange, io: new WholeIo(exchange.io) } : exchange);
}

/** The exchange with other parameters for its service; where it goes was decided before. */
export function withParams(exchange: Permitted, params: Permitted['request']['params']): Permitted {
  const { target } = exchange;
  if (target.kind !== 'upstream' && target.kind !== 'search') return exchange;
  const routed = target.routed ?? target.params;
  return { ...exchange, target: { ...target, params, routed } };
}
