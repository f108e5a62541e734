import type { Permitted, Routed } from '../exchange.ts';

/** Decides on a routed request; what it may not do is refused as if it were unknown. */
export type Authorize = (routed: Routed) => Permitted;

/**
 * Makes the authorization step. A tenant's keys may use all of the tenant's services; the
 * snapshot a request was routed by holds no other tenant's.
 */
export function createAuthorize(): Authorize {
  return (routed) => routed as Permitted;
}
