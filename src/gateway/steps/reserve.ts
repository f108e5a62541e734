import { limits } from '../../kernel/limits.ts';
import { isListen } from '../../mcp/protocol.ts';
import { ConcurrencyGate } from '../../policy/concurrency-gate.ts';
import { rateHeaders } from '../../policy/limits/limit-headers.ts';
import type { Limiter, Wanted } from '../../policy/limits/limiter.ts';
import type { LoadShedder } from '../../policy/limits/load-shedder.ts';
import type { Permitted } from '../exchange.ts';
import type { Hold } from '../spine.ts';
import { spendRequestOf, type SpendControl, type Spending } from '../spending/spend-control.ts';

/** What bounds the use of the data plane. */
export interface ReserveContext {
  readonly limiter: Limiter;
  readonly shedder: Pick<LoadShedder, 'check'>;
  /** Credit and budgets; without it nothing that is used has a price. */
  readonly spending?: SpendControl | undefined;
  /** Whether a result that was paid for is given again. */
  readonly isKept?: (permitted: Permitted) => boolean;
}

type Reserve = (permitted: Permitted) => Hold | Promise<Hold>;

/**
 * Makes the step that takes what an exchange needs while it runs: a place in its tenant, one
 * request of every bound that it falls under, and what it may cost of credit and budgets.
 * Synchronous unless a pool has to be asked: whoever is refused has taken nothing.
 */
export function createReserve(context: ReserveContext): Reserve {
  const reservePlace = createReservePlace(context);
  const { spending, isKept = () => false } = context;
  if (spending === undefined) return reservePlace;
  return (permitted) => {
    const place = reservePlace(permitted);
    if (!spending.isBound(permitted.principal.tenant) || isKept(permitted)) return place;
    return addSpending(spending, permitted, place);
  };
}

/** A place that is given back when there is too little to spend. */
function addSpending(
  control: SpendControl,
  permitted: Permitted,
  place: Place,
): Hold | Promise<Hold> {
  const together = (spending: Spending): Hold => ({
    spending,
    settle: () => {
      place.settle();
      return released(spending);
    },
  });
  const giveBack = (error: unknown): never => {
    place.settle();
    throw error;
  };
  try {
    const spending = control.hold(spendRequestOf(permitted));
    if (spending === undefined) return place;
    if (!(spending instanceof Promise)) return together(spending);
    return spending.then((held) => (held === undefined ? place : together(held)), giveBack);
  } catch (error) {
    return giveBack(error);
  }
}

/**
 * The last of a pool goes back before the answer leaves, so that whoever calls next finds it there;
 * a database that is away does not keep the answer back for long.
 */
async function released(spending: Spending): Promise<void> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, limits.poolReleaseWaitMs);
  await Promise.race([spending.release(), late.promise]);
  clearTimeout(timer);
}

/** What is held without being paid for. */
interface Place {
  settle(): void;
}

function createReservePlace({ limiter, shedder }: ReserveContext): (permitted: Permitted) => Place {
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

const nothingHeld: Place = { settle: () => {} };

/** What a request uses; lists over several services and what nobody lists are no service's. */
function wantedOf({ target, request }: Permitted): Wanted {
  const runs = !isListen(request);
  if (target.kind === 'gateway' || target.kind === 'search') {
    return { live: undefined, tool: undefined, runs };
  }
  const isCall = target.kind === 'upstream' && request.method === 'tools/call';
  return { live: target.live, tool: isCall ? (target.name ?? undefined) : undefined, runs };
}
