import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { GatewayError } from '../../kernel/errors.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import { boundLevels, type CommonBounds, type TenantBounds } from '../bounds.ts';
import { isFull, rateWaitMs, take, type Counter } from './counter.ts';
import { levelBound, ownMember, principalBound, type EffectiveBound } from './effective-bound.ts';
import { UsedStore } from './used-store.ts';

/** What limiting is made from. */
export interface LimiterContext {
  /** The bounds of the configuration. */
  readonly common: CommonBounds;
  /** The bounds of a tenant: the same object as long as they are the same. */
  boundsOf(tenant: TenantId): TenantBounds;
  /** Milliseconds of the monotonic clock. */
  now(): number;
}

/** What a request wants to use: a service, and a tool of it. */
export interface Wanted {
  readonly live: ServiceRuntime | undefined;
  readonly tool: string | undefined;
  /** False for a stream, which waits for something to happen and takes no place meanwhile. */
  readonly runs: boolean;
}

/** What counts a caller, as long as its tenant's bounds are these. */
interface Plan {
  readonly bounds: TenantBounds;
  readonly counters: readonly Counter[];
  readonly countsServices: boolean;
  readonly countsTools: boolean;
}

const NOTHING: readonly Counter[] = [];
/** A service that has no tool of this name may have as many as somebody cares to think of. */
const UNLISTED = '?';
/** How long to wait for somebody else's request to end is not known. */
const FULL_WAIT_MS = 1_000;

/** Counts requests by who sends them and what they use, and refuses those beyond a bound. */
export class Limiter {
  readonly #context: LimiterContext;
  readonly #used = new UsedStore();
  readonly #plans = new WeakMap<Principal, Plan>();
  readonly #names = new WeakMap<object, ReadonlySet<unknown>>();
  readonly #isFree: boolean;

  constructor(context: LimiterContext) {
    this.#context = context;
    this.#isFree = boundLevels.every((level) => context.common[level] === undefined);
  }

  /**
   * Counts one request; what it counts with is given back to `leave` when one that runs has ended.
   * A refused one counts nowhere. Throws GatewayError `too_many`; its data names the limit.
   */
  enter(principal: Principal, wanted: Wanted): readonly Counter[] {
    const bounds = this.#context.boundsOf(principal.tenant);
    if (this.#isFree && isEmpty(bounds)) return NOTHING;
    const nowMs = this.#context.now();
    const counters = this.#countersOf(principal, bounds, wanted, nowMs);
    for (const counter of counters) {
      const waitMs = rateWaitMs(counter, nowMs);
      if (waitMs > 0) throw refused(counter, 'rate', waitMs);
      if (wanted.runs && isFull(counter)) throw refused(counter, 'concurrent', FULL_WAIT_MS);
    }
    for (const counter of counters) take(counter, nowMs, wanted.runs);
    return counters;
  }

  /** A request has ended that was counted with these. */
  leave(counters: readonly Counter[]): void {
    for (const { used } of counters) used.running--;
  }

  #countersOf(
    principal: Principal,
    bounds: TenantBounds,
    wanted: Wanted,
    nowMs: number,
  ): readonly Counter[] {
    let plan = this.#plans.get(principal);
    const isOld = plan?.bounds !== bounds || plan.counters.some(({ used }) => used.isForgotten);
    if (plan === undefined || isOld) {
      plan = this.#planOf(principal, bounds, nowMs);
      this.#plans.set(principal, plan);
    }
    if (wanted.live === undefined || !(plan.countsServices || plan.countsTools)) {
      return plan.counters;
    }
    return [...plan.counters, ...this.#ofService(principal.tenant, wanted.live, wanted, nowMs)];
  }

  #planOf(
    { tenant, subject, grantId, permissions }: Principal,
    bounds: TenantBounds,
    nowMs: number,
  ): Plan {
    const { common } = this.#context;
    const who = `${subject.kind}:${subject.id}`;
    const counters = [
      this.#counter('tenant', tenant, levelBound('tenant', common, bounds.tenant), nowMs),
      this.#counter(
        'principal',
        `${tenant} ${who}`,
        principalBound(permissions.roles, common, bounds),
        nowMs,
      ),
      this.#counter(
        'grant',
        `${tenant} ${grantId}`,
        levelBound('grant', common, bounds.grant),
        nowMs,
      ),
    ];
    return {
      bounds,
      counters: counters.filter((counter) => counter !== undefined),
      countsServices: (common.service ?? bounds.service ?? bounds.services) !== undefined,
      countsTools: (common.tool ?? bounds.tool ?? bounds.tools) !== undefined,
    };
  }

  #ofService(
    tenant: TenantId,
    live: ServiceRuntime,
    { tool }: Wanted,
    nowMs: number,
  ): readonly Counter[] {
    const { common } = this.#context;
    const bounds = this.#context.boundsOf(tenant);
    const { slug } = live.service;
    const ofService = ownMember(bounds.services, slug) ?? bounds.service;
    const service = levelBound('service', common, ofService);
    const counters = [this.#counter('service', `${tenant} ${slug}`, service, nowMs, slug)];
    if (tool !== undefined) {
      const name = `${slug}__${this.#lists(live, tool) ? tool : UNLISTED}`;
      const bound = levelBound('tool', common, ownMember(bounds.tools, name) ?? bounds.tool);
      counters.push(this.#counter('tool', `${tenant} ${name}`, bound, nowMs, name));
    }
    return counters.filter((counter) => counter !== undefined);
  }

  #counter(
    level: Counter['level'],
    key: string,
    bound: EffectiveBound | undefined,
    nowMs: number,
    name?: string,
  ): Counter | undefined {
    if (bound === undefined) return undefined;
    return { level, name, bound, used: this.#used.of(`${level} ${key}`, nowMs) };
  }

  #lists({ listing: { tools } }: ServiceRuntime, tool: string): boolean {
    let names = this.#names.get(tools);
    if (names === undefined) {
      names = new Set(tools.map(({ name }) => name));
      this.#names.set(tools, names);
    }
    return names.has(tool);
  }
}

function isEmpty(bounds: TenantBounds): boolean {
  for (const _ in bounds) return false;
  return true;
}

function refused(
  { level, name, bound }: Counter,
  reason: 'rate' | 'concurrent',
  retryAfterMs: number,
): GatewayError {
  const of = name === undefined ? `this ${level}` : `the ${level} ${name}`;
  const text =
    reason === 'rate'
      ? `Too many requests of ${of}; try again later.`
      : `Too many requests of ${of} at once; try again later.`;
  const { intervalMs, burst, concurrent } = bound;
  return new GatewayError('too_many', text, {
    data: {
      limit: level,
      ...(name === undefined ? {} : { name }),
      reason,
      retryAfterMs: Math.ceil(retryAfterMs),
      ...(reason === 'concurrent' || intervalMs === undefined
        ? { concurrent: concurrent === Infinity ? null : concurrent }
        : { quota: burst, windowMs: Math.ceil(burst * intervalMs) }),
    },
  });
}
