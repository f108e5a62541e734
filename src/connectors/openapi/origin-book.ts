import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { OriginHealth } from '../../upstream/upstream.ts';

/** How a call went: its status, no answer at all, or nothing that says anything of the origin. */
export type CallOutcome = number | 'unanswered' | 'unknown';

/** Remembers how calls to each origin went, and leaves an origin alone that does not answer. */
export interface OriginBook {
  /**
   * Opens a call; the returned function ends it. Throws GatewayError `upstream_unavailable` while
   * the origin is left alone.
   */
  enter(origin: string): (outcome: CallOutcome) => void;
  health(): readonly OriginHealth[];
}

interface Page {
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

/** Statuses of an origin that is not itself: something in front of it answered. */
const ABSENT: ReadonlySet<CallOutcome> = new Set<CallOutcome>(['unanswered', 502, 503, 504]);

/** Makes an empty book; `changed` hears of every settled call. */
export function createOriginBook(
  changed: (origins: readonly OriginHealth[]) => void,
  now: () => number = Date.now,
): OriginBook {
  const pages = new Map<string, Page>();
  const health = (): readonly OriginHealth[] =>
    [...pages].map(([origin, page]) => healthOf(origin, page, now()));
  return {
    enter(origin) {
      const page = pageOf(pages, origin);
      const probe = admit(origin, page, now());
      return (outcome) => {
        if (probe) page.probing = false;
        if (outcome === 'unknown') return;
        note(page, outcome, now());
        changed(health());
      };
    },
    health,
  };
}

function pageOf(pages: Map<string, Page>, origin: string): Page {
  const known = pages.get(origin);
  if (known !== undefined) return known;
  const [oldest] = pages.keys();
  if (oldest !== undefined && pages.size >= limits.originsPerServiceMax) pages.delete(oldest);
  const page: Page = {
    reachable: null,
    authorised: null,
    recent: [],
    lastSuccessAtMs: null,
    failures: 0,
    restMs: limits.originRestMsMin,
    restsUntilMs: 0,
    probing: false,
  };
  pages.set(origin, page);
  return page;
}

/** True when the call is the one that finds out whether the origin is back. */
function admit(origin: string, page: Page, nowMs: number): boolean {
  if (page.restsUntilMs === 0) return false;
  if (nowMs >= page.restsUntilMs && !page.probing) {
    page.probing = true;
    return true;
  }
  const seconds = Math.max(1, Math.ceil((page.restsUntilMs - nowMs) / 1000));
  const text = `${origin} did not answer lately and is left alone; try again in ${seconds} s.`;
  throw new GatewayError('upstream_unavailable', text);
}

function note(page: Page, outcome: Exclude<CallOutcome, 'unknown'>, nowMs: number): void {
  const failed = outcome === 'unanswered' || outcome >= 500;
  page.recent.push(failed);
  if (page.recent.length > limits.originCallsRememberedMax) page.recent.shift();
  page.reachable = outcome !== 'unanswered';
  if (outcome !== 'unanswered') page.authorised = outcome !== 401 && outcome !== 403;
  if (outcome !== 'unanswered' && outcome < 400) page.lastSuccessAtMs = nowMs;
  if (!ABSENT.has(outcome)) {
    page.failures = 0;
    page.restsUntilMs = 0;
    page.restMs = limits.originRestMsMin;
    return;
  }
  page.failures += 1;
  if (page.failures < limits.originFailuresMax || nowMs < page.restsUntilMs) return;
  page.restsUntilMs = nowMs + page.restMs;
  page.restMs = Math.min(limits.originRestMsMax, page.restMs * 2);
}

function healthOf(origin: string, page: Page, nowMs: number): OriginHealth {
  const { reachable, authorised, recent, lastSuccessAtMs, restsUntilMs } = page;
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
