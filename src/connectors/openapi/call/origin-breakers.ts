import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { OriginHealth } from '../../../upstream/upstream.ts';

/** How a call went: its status, no answer at all, or nothing that says anything of the origin. */
export type CallOutcome = number | 'unanswered' | 'unknown';

/** A circuit breaker per origin: remembers how calls went, and rests an origin that is down. */
export interface OriginBreakers {
  /**
   * Opens a call; the returned function ends it. Throws GatewayError `upstream_unavailable` while
   * the origin is left alone.
   */
  enter(origin: string): (outcome: CallOutcome) => void;
  health(): readonly OriginHealth[];
}

interface Breaker {
  reachable: boolean | null;
  authorised: boolean | null;
  /** True for a failed call, oldest first. */
  readonly recent: boolean[];
  lastSuccessAtMs: number | null;
  /** Failures one after another that the breaker counts. */
  failures: number;
  restMs: number;
  /** Calls are refused until then; 0 while the breaker is closed. */
  restsUntilMs: number;
  /** A call is out to see whether the origin is back. */
  probing: boolean;
}

/** Outcomes that say the origin is down: nothing answered, or a proxy in front of it did. */
const ABSENT: ReadonlySet<CallOutcome> = new Set<CallOutcome>(['unanswered', 502, 503, 504]);

/** Makes the breakers of one service, all closed; `changed` hears of every settled call. */
export function createOriginBreakers(
  changed: (origins: readonly OriginHealth[]) => void,
  now: () => number = Date.now,
): OriginBreakers {
  const breakers = new Map<string, Breaker>();
  const health = (): readonly OriginHealth[] =>
    [...breakers].map(([origin, breaker]) => healthOf(origin, breaker, now()));
  return {
    enter(origin) {
      const breaker = breakerOf(breakers, origin);
      const probe = admit(origin, breaker, now());
      return (outcome) => {
        if (probe) breaker.probing = false;
        if (outcome === 'unknown') return;
        note(breaker, outcome, now());
        changed(health());
      };
    },
    health,
  };
}

function breakerOf(breakers: Map<string, Breaker>, origin: string): Breaker {
  const known = breakers.get(origin);
  if (known !== undefined) return known;
  const [oldest] = breakers.keys();
  if (oldest !== undefined && breakers.size >= limits.originsPerServiceMax) breakers.delete(oldest);
  const breaker: Breaker = {
    reachable: null,
    authorised: null,
    recent: [],
    lastSuccessAtMs: null,
    failures: 0,
    restMs: limits.originRestMsMin,
    restsUntilMs: 0,
    probing: false,
  };
  breakers.set(origin, breaker);
  return breaker;
}

/** True when the call is the one that finds out whether the origin is back. */
function admit(origin: string, breaker: Breaker, nowMs: number): boolean {
  if (breaker.restsUntilMs === 0) return false;
  if (nowMs >= breaker.restsUntilMs && !breaker.probing) {
    breaker.probing = true;
    return true;
  }
  const seconds = Math.max(1, Math.ceil((breaker.restsUntilMs - nowMs) / 1000));
  const text = `${origin} did not answer lately and is left alone; try again in ${seconds} s.`;
  throw new GatewayError('upstream_unavailable', text);
}

function note(breaker: Breaker, outcome: Exclude<CallOutcome, 'unknown'>, nowMs: number): void {
  const failed = outcome === 'unanswered' || outcome >= 500;
  breaker.recent.push(failed);
  if (breaker.recent.length > limits.originCallsRememberedMax) breaker.recent.shift();
  breaker.reachable = outcome !== 'unanswered';
  if (outcome !== 'unanswered') breaker.authorised = outcome !== 401 && outcome !== 403;
  if (outcome !== 'unanswered' && outcome < 400) breaker.lastSuccessAtMs = nowMs;
  if (!ABSENT.has(outcome)) {
    breaker.failures = 0;
    breaker.restsUntilMs = 0;
    breaker.restMs = limits.originRestMsMin;
    return;
  }
  breaker.failures += 1;
  if (breaker.failures < limits.originFailuresMax || nowMs < breaker.restsUntilMs) return;
  breaker.restsUntilMs = nowMs + breaker.restMs;
  breaker.restMs = Math.min(limits.originRestMsMax, breaker.restMs * 2);
}

function healthOf(origin: string, breaker: Breaker, nowMs: number): OriginHealth {
  const { reachable, authorised, recent, lastSuccessAtMs, restsUntilMs } = breaker;
  const resting = nowMs < restsUntilMs ? 'open' : 'half_open';
  return {
    origin,
    reachable,
    authorised,
    calls: recent.length,
    errors: recent.filter(Boolean).length,
    lastSuccessAtMs,
    breaker: restsUntilMs === 0 ? 'closed' : resting,
  };
}
