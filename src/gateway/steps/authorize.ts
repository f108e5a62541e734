import { GatewayError } from '../../kernel/errors.ts';
import type { Permitted, Routed } from '../exchange.ts';

/** Decides on a routed request; what it may not do is refused as if it were unknown. */
export type Authorize = (routed: Routed) => Permitted;

/**
 * Makes the authorization step. Which services, tools, prompts and resources there are for a caller
 * was decided by the view it was routed by; here is what its permissions say of the data plane.
 */
export function createAuthorize(): Authorize {
  return (routed) => {
    if (routed.principal.permissions.actions.has('mcp.use')) return routed as Permitted;
    throw new GatewayError('forbidden', 'This credential lacks the permission mcp.use.');
  };
}
