import { GatewayError } from '../../kernel/errors.ts';
import type { UsageRecord } from '../../metering/store.ts';
import { billingAttributes, billingFacts } from '../rules/billing-facts.ts';
import type { CompiledRules, EarlyFacts } from '../rules/compile-rules.ts';
import { mostAfterCall, mostBeforeCall } from './most-before-call.ts';
import type { SpendRequest, SpendService } from './spend-request.ts';

/**
 * The most that a call may cost, in billionths. Throws GatewayError `price_unbounded`, which names
 * the rule, when that cannot be said.
 */
export function mostOfCall(rules: CompiledRules, request: SpendRequest): bigint {
  const { services } = request;
  // What nobody lists is asked of several services: the dearest of them may be the one.
  const places = services.length === 0 ? [undefined] : services;
  const sums = places.map((service) => mostAt(rules, request, service));
  return sums.reduce(larger, 0n);
}

/** The most that a call did cost; undefined when that cannot be said. */
export function mostOfRecord(
  rules: CompiledRules,
  services: readonly SpendService[],
  record: UsageRecord,
): bigint | undefined {
  const slugs = new Map(services.map(({ id, slug }) => [id, slug]));
  let sum = 0n;
  for (const hit of rules.hits(billingFacts(record, slugs))) {
    const most = mostAfterCall(hit);
    if (most === undefined) return undefined;
    sum += most;
  }
  return sum;
}

function mostAt(
  rules: CompiledRules,
  request: SpendRequest,
  service: SpendService | undefined,
): bigint {
  const bytesIn = BigInt(request.bytesIn);
  let sum = 0n;
  for (const contest of rules.mayDecide(earlyFacts(request, service))) {
    sum += contest
      .map((rule) => {
        const most = mostBeforeCall(rule, bytesIn);
        if (most === undefined) throw unbounded(rule.id);
        return most;
      })
      .reduce(larger, 0n);
  }
  return sum;
}

function earlyFacts(request: SpendRequest, service: SpendService | undefined): EarlyFacts {
  const { userId, tool, method, startedAtMs, attributes } = request;
  return {
    ...billingAttributes(attributes),
    service: service?.slug ?? null,
    tool,
    method,
    user: userId,
    startedAtMs,
  };
}

function unbounded(rule: string): GatewayError {
  const text =
    `The most that this call may cost is not known: the rule ${rule} of the price list needs ` +
    'a holdMaximum.';
  return new GatewayError('price_unbounded', text, { data: { reason: 'price_unbounded', rule } });
}

const larger = (one: bigint, other: bigint): bigint => (one > other ? one : other);
