import type { McpOutcome } from '../mcp/message.ts';
import type { Authenticated, Permitted, Received, Routed } from './exchange.ts';

/** The fixed steps of an exchange; the types allow no other order. */
export interface SpineSteps {
  /** Throws GatewayError `unauthenticated`. */
  authenticate(received: Received): Authenticated | Promise<Authenticated>;
  /** A lookup in the tenant's snapshot. Throws what an unknown name or service answers. */
  route(authenticated: Authenticated): Routed;
  /** A refused tool answers exactly like an unknown one. */
  authorize(routed: Routed): Permitted;
  /** Throws GatewayError `too_many`; the returned function gives the place back. */
  limit(permitted: Permitted): () => void;
  /** Runs the exchange and resolves when its usage record is durable. */
  meter(permitted: Permitted, run: () => Promise<McpOutcome>): Promise<McpOutcome>;
  forward(permitted: Permitted): Promise<McpOutcome>;
}

/** Something that goes around the forwarding of a permitted request: a cache, a guardrail. */
export type Filter = (permitted: Permitted, next: () => Promise<McpOutcome>) => Promise<McpOutcome>;

/** Takes one request from a door to its outcome. */
export async function handle(
  steps: SpineSteps,
  filters: readonly Filter[],
  received: Received,
): Promise<McpOutcome> {
  const authenticating = steps.authenticate(received);
  // The cached case answers at once and must not cost a turn of the microtask queue.
  const authenticated = authenticating instanceof Promise ? await authenticating : authenticating;
  const permitted = steps.authorize(steps.route(authenticated));
  const release = steps.limit(permitted);
  try {
    return await steps.meter(permitted, () => around(filters, permitted, steps.forward));
  } finally {
    release();
  }
}

function around(
  filters: readonly Filter[],
  permitted: Permitted,
  forward: SpineSteps['forward'],
): Promise<McpOutcome> {
  let next = (): Promise<McpOutcome> => forward(permitted);
  for (let index = filters.length - 1; index >= 0; index--) {
    const filter = filters[index] as Filter;
    const inner = next;
    next = () => filter(permitted, inner);
  }
  return next();
}
