import { isListen } from '../../mcp/protocol.ts';
import { ConcurrencyGate } from '../../policy/concurrency-gate.ts';
import { rateHeaders } from '../../policy/limits/limit-headers.ts';
import type { Limiter, Wanted } from '../../policy/limits/limiter.ts';
import type { LoadShedder } from '../../policy/limits/load-shedder.ts';
import type { Permitted } from '../exchange.ts';
import type { Hold } from '../spine.ts';

/** What bounds the use of the data plane. */
export interface ReserveContext {
  readonly limiter: Limiter;
  readonly shedder: Pick<LoadShedder, 'check'>;
}

/**
 * Makes the step that takes what an exchange needs while it runs: a place in its tenant, and one
 * request of every bound that it falls under. Synchronous: whoever is refused has taken nothing.
 */
export function createReserve({
  limiter,
  shedder,
}: ReserveContext): (permitted: Permitted) => Hold {
  const gate = new ConcurrencyGate();
  return (permitted) => {
    const { principal, request, answer } = permitted;
    shedder.check();
    const counters = limiter.enter(principal, wantedOf(permitted));
    if (counters.length > 0) answer?.addHeaders(rateHeaders(counters, performance.now()));
    // Streams on which nothing happens take no place from calls: the hub has bounds of its own.
    if (isListen(request)) return nothingHeld;
    let leave: () => void;
    try {
      leave = gate.enter(principal.tenant);
    } catch (error) {
      limiter.leave(counters);
      throw error;
    }
    if (counters.length === 0) return { settle: leave };
    return {
      settle: () => {
        limiter.leave(counters);
        leave();
      },
    };
  };
}

const nothingHeld: Hold = { settle: () => {} };

/** What a request uses; lists over several services and what nobody lists are no service's. */
function wantedOf({ target, request }: Permitted): Wanted {
  const runs = !isListen(request);
  if (target.kind === 'gateway' || target.kind === 'search') {
    return { live: undefined, tool: undefined, runs };
  }
  const isCall = target.kind === 'upstream' && request.method === 'tools/call';
  return { live: target.live, tool: isCall ? (target.name ?? undefined) : undefined, runs };
}
