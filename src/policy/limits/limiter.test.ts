import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { tenantId, type Principal } from '../../kernel/principal.ts';
import { compilePermissions } from '../compile-permissions.ts';
import type { Bound, BoundLevel, CommonBounds, TenantBounds } from '../bounds.ts';
import type { Counter } from './counter.ts';
import { Limiter, type Wanted } from './limiter.ts';
import { UsedStore } from './used-store.ts';

const callerOf = (
  tenant: string,
  user: string,
  grant: string,
  roles: string[] = [],
): Principal => ({
  tenant: tenantId(tenant),
  subject: { kind: 'user', id: user },
  grantId: grant,
  credentialId: grant,
  permissions: compilePermissions({ roles, groups: [], ownRoles: [], isOperator: false }),
});

const serviceOf = (slug: string): ServiceRuntime => {
  const tools = ['get', 'send'].map((name) => ({ name }));
  return { service: { id: slug, slug }, listing: { tools } } as unknown as ServiceRuntime;
};

const callers = [
  callerOf('ten_a', 'usr_1', 'key_1'),
  callerOf('ten_a', 'usr_1', 'key_2'),
  callerOf('ten_a', 'usr_2', 'key_3'),
  callerOf('ten_b', 'usr_1', 'key_1'),
];
const services = [serviceOf('orders'), serviceOf('mail')];

const wantedOf = (service: number, tool: string | undefined): Wanted => ({
  live: services[service],
  tool,
  runs: true,
});

/** What a refusal says, or undefined when the request was let in. */
function enter(
  limiter: Limiter,
  caller: Principal,
  wanted: Wanted,
): JsonObject | readonly Counter[] {
  try {
    return limiter.enter(caller, wanted);
  } catch (error) {
    assert.ok(error instanceof GatewayError && error.code === 'too_many');
    assert.ok(isJsonObject(error.data));
    return error.data;
  }
}

const isIn = (outcome: ReturnType<typeof enter>): outcome is readonly Counter[] =>
  Array.isArray(outcome);

/** Buckets as books describe them: tokens that come back with time. */
class Model {
  readonly #tokens = new Map<string, { tokens: number; atMs: number }>();
  readonly #running = new Map<string, number>();

  /** Undefined when it is too close to say. */
  enter(keys: readonly (readonly [string, Bound])[], nowMs: number): boolean | undefined {
    const verdicts = keys.map(([key, bound]) => this.#has(key, bound, nowMs));
    if (verdicts.includes(undefined)) return undefined;
    if (verdicts.includes(false)) return false;
    for (const [key, { requestsPerMinute }] of keys) {
      const own = this.#tokens.get(key);
      if (requestsPerMinute !== undefined && own !== undefined) own.tokens -= 1;
      this.#running.set(key, (this.#running.get(key) ?? 0) + 1);
    }
    return true;
  }

  leave(keys: readonly (readonly [string, Bound])[]): void {
    for (const [key] of keys) this.#running.set(key, (this.#running.get(key) ?? 0) - 1);
  }

  #has(key: string, bound: Bound, nowMs: number): boolean | undefined {
    if ((this.#running.get(key) ?? 0) >= (bound.concurrent ?? Infinity)) return false;
    const { requestsPerMinute, burst = requestsPerMinute ?? 0 } = bound;
    if (requestsPerMinute === undefined) return true;
    const own = this.#tokens.get(key) ?? { tokens: burst, atMs: nowMs };
    this.#tokens.set(key, own);
    own.tokens = Math.min(burst, own.tokens + ((nowMs - own.atMs) * requestsPerMinute) / 60_000);
    own.atMs = nowMs;
    return Math.abs(own.tokens - 1) < 1e-4 ? undefined : own.tokens >= 1;
  }
}

const levels: readonly BoundLevel[] = ['tenant', 'principal', 'grant', 'service', 'tool'];
const bound: fc.Arbitrary<Bound> = fc.record(
  {
    requestsPerMinute: fc.constantFrom(60, 90, 600, 7),
    burst: fc.integer({ min: 1, max: 5 }),
    concurrent: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: [] },
);
const bounds: fc.Arbitrary<CommonBounds> = fc.record(
  Object.fromEntries(levels.map((level) => [level, bound])),
  { requiredKeys: [] },
);

function keysOf(caller: Principal, common: CommonBounds, slug: string, tool: string) {
  const { tenant, subject, grantId } = caller;
  const names = {
    tenant,
    principal: `${tenant} ${subject.id}`,
    grant: `${tenant} ${grantId}`,
    service: `${tenant} ${slug}`,
    tool: `${tenant} ${slug} ${tool}`,
  };
  return levels.flatMap((level) => {
    const own = common[level];
    return own === undefined ? [] : [[`${level} ${names[level]}`, own] as const];
  });
}

describe('the limiter', () => {
  it('lets in what buckets of tokens do, whoever comes when and wants what', () => {
    const step = fc.record({
      waitMs: fc.constantFrom(0, 1, 50, 1_000, 10_000, 120_000),
      caller: fc.nat(callers.length - 1),
      service: fc.nat(1),
      tool: fc.constantFrom('get', 'send'),
      leaves: fc.boolean(),
    });
    let letIn = 0;
    let refused = 0;
    fc.assert(
      fc.property(bounds, fc.array(step, { minLength: 20, maxLength: 60 }), (common, steps) => {
        let nowMs = 1_000;
        const limiter = new Limiter({ common, boundsOf: () => ({}), now: () => nowMs });
        const model = new Model();
        const inside: { counters: readonly Counter[]; keys: ReturnType<typeof keysOf> }[] = [];
        for (const { waitMs, caller, service, tool, leaves } of steps) {
          nowMs += waitMs;
          const last = leaves ? inside.pop() : undefined;
          if (last !== undefined) {
            limiter.leave(last.counters);
            model.leave(last.keys);
          }
          const who = callers[caller] as Principal;
          const keys = keysOf(who, common, services[service]?.service.slug ?? '', tool);
          const expected = model.enter(keys, nowMs);
          // Too close to say: both go on from here in their own way.
          if (expected === undefined) return;
          const outcome = enter(limiter, who, wantedOf(service, tool));
          assert.equal(isIn(outcome), expected, JSON.stringify(outcome));
          if (isIn(outcome)) inside.push({ counters: outcome, keys });
          if (expected) letIn++;
          else refused++;
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(Math.min(letIn, refused) > 150, `${letIn} let in, ${refused} refused`);
  });

  it('names the limit, says when to come back, and lets in whoever waited that long', () => {
    let nowMs = 0;
    const common = { tool: { requestsPerMinute: 30, burst: 2 } };
    const limiter = new Limiter({ common, boundsOf: () => ({}), now: () => nowMs });
    const [caller] = callers as [Principal];
    for (let count = 0; count < 2; count++) limiter.enter(caller, wantedOf(0, 'get'));
    const refusal = enter(limiter, caller, wantedOf(0, 'get'));
    const data = { limit: 'tool', name: 'orders__get', reason: 'rate', retryAfterMs: 2_000 };
    assert.deepEqual(refusal, { ...data, quota: 2, windowMs: 4_000 });
    assert.ok(isIn(enter(limiter, caller, wantedOf(0, 'send'))), 'another tool');
    nowMs = 1_999;
    assert.ok(!isIn(enter(limiter, caller, wantedOf(0, 'get'))));
    nowMs = 2_000;
    assert.ok(isIn(enter(limiter, caller, wantedOf(0, 'get'))));
  });

  it('counts a subject with all its keys, and tools that nobody lists as one', () => {
    const common = { principal: { requestsPerMinute: 1 }, tool: { requestsPerMinute: 1 } };
    const limiter = new Limiter({ common, boundsOf: () => ({}), now: () => 0 });
    const [first, second, third] = callers as [Principal, Principal, Principal];
    limiter.enter(first, wantedOf(0, 'get'));
    const other = enter(limiter, second, wantedOf(1, 'get'));
    assert.equal(isIn(other) || other['limit'], 'principal');
    limiter.enter(third, wantedOf(0, 'made-up'));
    const again = enter(limiter, callerOf('ten_a', 'usr_9', 'key_9'), wantedOf(0, 'thought-of'));
    assert.equal(isIn(again) || again['name'], 'orders__?');
  });

  it('takes the tighter of what the configuration and the tenant say, and the widest role', () => {
    const common = { principal: { requestsPerMinute: 5 }, service: { concurrent: 9 } };
    let own: TenantBounds = {
      principal: { requestsPerMinute: 100, burst: 1 },
      roles: { viewer: { requestsPerMinute: 2 }, developer: { requestsPerMinute: 3 } },
      services: { orders: { concurrent: 1 } },
      tools: { orders__send: { requestsPerMinute: 1 } },
    };
    const limiter = new Limiter({ common, boundsOf: () => own, now: () => 0 });
    const countOf = (caller: Principal, wanted = wantedOf(1, 'get')): number => {
      for (let count = 0; ; count++) {
        const outcome = enter(limiter, caller, wanted);
        if (!isIn(outcome)) return count;
        limiter.leave(outcome);
      }
    };
    assert.equal(countOf(callerOf('ten_a', 'usr_a', 'k', ['other'])), 1, 'the burst of the tenant');
    assert.equal(countOf(callerOf('ten_a', 'usr_b', 'k', ['viewer'])), 2);
    assert.equal(countOf(callerOf('ten_a', 'usr_c', 'k', ['developer', 'viewer'])), 3);
    assert.equal(countOf(callerOf('ten_a', 'usr_d', 'k', ['toString'])), 1);
    const sends = callerOf('ten_a', 'usr_e', 'k', ['developer']);
    assert.equal(countOf(sends, wantedOf(0, 'send')), 1);
    const [busy, next] = [callerOf('ten_a', 'usr_f', 'k'), callerOf('ten_a', 'usr_g', 'k')];
    assert.ok(isIn(enter(limiter, busy, wantedOf(0, 'get'))));
    const full = enter(limiter, next, wantedOf(0, 'get'));
    const data = { limit: 'service', name: 'orders', reason: 'concurrent', retryAfterMs: 1_000 };
    assert.deepEqual(full, { ...data, concurrent: 1 });
    own = { roles: { developer: { requestsPerMinute: 1_000 } } };
    assert.equal(countOf(callerOf('ten_a', 'usr_h', 'k', ['developer'])), 5, 'never above');
  });

  it('lets streams come while all places are taken, and counts them as requests', () => {
    const common = { grant: { requestsPerMinute: 2, concurrent: 1 } };
    const limiter = new Limiter({ common, boundsOf: () => ({}), now: () => 0 });
    const [caller] = callers as [Principal];
    limiter.enter(caller, wantedOf(0, 'get'));
    const stream = { live: undefined, tool: undefined, runs: false };
    assert.ok(isIn(enter(limiter, caller, stream)));
    assert.ok(!isIn(enter(limiter, caller, stream)));
  });

  it('costs nothing where nothing is bounded', () => {
    const limiter = new Limiter({ common: {}, boundsOf: () => ({}), now: () => assert.fail() });
    assert.equal(limiter.enter(callers[0] as Principal, wantedOf(0, 'get')).length, 0);
  });
});

describe('what was used', () => {
  it('is kept for countersMax keys; the next one takes the place of one that has all back', () => {
    assert.equal(limits.countersMax, 100_000);
    const store = new UsedStore();
    const first = store.of('0', 0);
    first.backAtMs = 500;
    for (let key = 1; key < limits.countersMax; key++) store.of(String(key), 0);
    assert.equal(store.size, limits.countersMax);
    store.of('one more', 0);
    assert.equal(store.size, limits.countersMax);
    assert.equal(store.of('0', 0), first, 'it still has something to come back');
    assert.equal(first.isForgotten, false);
  });

  it('is forgotten where nothing runs, before it is where something does', () => {
    const store = new UsedStore(2);
    const running = store.of('running', 0);
    running.running = 1;
    const used = store.of('used', 0);
    used.backAtMs = 900;
    store.of('third', 0);
    assert.deepEqual([running.isForgotten, used.isForgotten], [false, true]);
  });
});
