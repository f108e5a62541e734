import { RpcError } from '../kernel/errors.ts';
import type { McpOutcome } from '../mcp/message.ts';
import { rpcCode } from '../mcp/protocol.ts';
import { shownName } from '../mcp/wire/shown-name.ts';
import type { Permitted, SearchTarget } from './exchange.ts';
import { forwardToUpstream, type ForwardContext } from './forward-upstream.ts';

/** What services answer that do not have what they were asked for, or do not know the method. */
const NOT_HERE: ReadonlySet<number> = new Set([
  rpcCode.invalidParams,
  rpcCode.methodNotFound,
  rpcCode.legacyResourceNotFound,
]);

/**
 * Asks services one after the other for something that none of them lists; the first that has it
 * answers. Services that fail are passed over. Throws RpcError -32602 when nobody has it.
 */
export async function searchUpstreams(
  permitted: Permitted,
  target: SearchTarget,
  context: ForwardContext,
): Promise<McpOutcome> {
  const { candidates, params, routed, name } = target;
  for (const live of candidates) {
    if (live.health.state !== 'ready') continue;
    try {
      const to = { kind: 'upstream', live, params, routed, name } as const;
      const outcome = await forwardToUpstream(permitted, to, context);
      target.found = live;
      return outcome;
    } catch (error) {
      if (permitted.io.cancellation.reason !== undefined) throw error;
      if (error instanceof RpcError && !NOT_HERE.has(error.rpcCode)) throw error;
    }
  }
  throw new RpcError(rpcCode.invalidParams, `Resource not found: ${shownName(name ?? '')}`);
}
