import { compare, exactZero, toNano } from '../../kernel/exact.ts';
import { limits } from '../../kernel/limits.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import { RecentMap } from '../../kernel/recent/recent-map.ts';
import { periodAt, type Period } from '../periods/period-at.ts';
import type { BillingRule, PlanTerms, Subscription } from '../plans/plan.ts';
import { closeAmount, openState } from '../rating/advance.ts';
import type { MeterState } from '../rating/meter-state.ts';
import { priceLines, type PriceLines } from '../rating/price-lines.ts';
import { compileRules, type CompiledRules } from '../rules/compile-rules.ts';

/** A published version, ready to be matched with records; it never changes. */
export interface CompiledVersion {
  readonly id: string;
  readonly terms: PlanTerms;
  readonly rules: ReadonlyMap<string, BillingRule>;
  readonly matcher: CompiledRules;
  /** A rule's price as lines, drawn when they are first asked for. */
  linesOf(rule: BillingRule): PriceLines | undefined;
  /** Rules that cost something when a period opens, or at its end, without any usage. */
  readonly opening: readonly OpenMeter[];
  readonly closing: readonly BillingRule[];
}

/** A rule whose counter does not begin at no cost. */
export interface OpenMeter {
  readonly rule: BillingRule;
  readonly state: MeterState;
  readonly amount: MoneyNano;
}

/** A tenant's subscription, and what it says. */
export interface SubscribedPlan {
  readonly subscription: Subscription;
  readonly version: CompiledVersion;
}

/** What an engine keeps from one transaction to the next: versions by their id. */
export interface BillingMemo {
  version(id: string): CompiledVersion | undefined;
  /** Compiles and keeps a version, whose terms are JSON. One that is not sound refuses records. */
  keep(id: string, terms: string): CompiledVersion;
}

/** Makes an empty memo. */
export function createBillingMemo(): BillingMemo {
  const versions = new RecentMap<string, CompiledVersion>(limits.compiledPlansMax);
  return {
    version: (id) => versions.get(id),
    keep: (id, terms) => {
      const version = compileSoundly(id, terms);
      versions.set(id, version);
      return version;
    },
  };
}

/** A version that cannot be compiled has no rules and throws when it is asked for any. */
function compileSoundly(id: string, text: string): CompiledVersion {
  const terms = JSON.parse(text) as PlanTerms;
  try {
    return compileVersion(id, terms);
  } catch (error) {
    const hits = (): never => {
      throw error;
    };
    const nothing = { rules: new Map(), linesOf: () => undefined, opening: [], closing: [] };
    return { id, terms, matcher: { hits, mayDecide: hits }, ...nothing };
  }
}

/** Makes a version ready to be matched with records. */
export function compileVersion(id: string, terms: PlanTerms): CompiledVersion {
  const opened = terms.rules.map((rule) => {
    const state = openState(rule.price);
    return { rule, state, amount: toNano(state.amount) };
  });
  return {
    id,
    terms,
    rules: new Map(terms.rules.map((rule) => [rule.id, rule])),
    matcher: compileRules(terms.rules, terms.currency),
    linesOf: keptLines(),
    opening: opened.filter(({ amount }) => amount !== 0n),
    closing: opened
      .filter(({ rule, state }) => compare(closeAmount(rule.price, state), exactZero) !== 0)
      .map(({ rule }) => rule),
  };
}

function keptLines(): CompiledVersion['linesOf'] {
  const kept = new Map<BillingRule, PriceLines | undefined>();
  return (rule) => {
    if (!kept.has(rule)) kept.set(rule, priceLines(rule.price));
    return kept.get(rule);
  };
}

/** The plan that holds at a moment: of several the one that began last. */
export function planAt(plans: readonly SubscribedPlan[], atMs: number): SubscribedPlan | undefined {
  let last: SubscribedPlan | undefined;
  for (const plan of plans) {
    const { startsAtMs, endsAtMs } = plan.subscription;
    if (atMs < startsAtMs || (endsAtMs !== null && atMs >= endsAtMs)) continue;
    if (last === undefined || beginsLater(plan.subscription, last.subscription) < 0) last = plan;
  }
  return last;
}

/** The billing period of a plan that a moment belongs to. */
export function periodOf({ subscription, version }: SubscribedPlan, atMs: number): Period {
  const { anchorMs, timeZone } = subscription;
  return periodAt(anchorMs, timeZone, version.terms.period, atMs);
}

function beginsLater(one: Subscription, other: Subscription): number {
  if (one.startsAtMs !== other.startsAtMs) return other.startsAtMs - one.startsAtMs;
  return one.id < other.id ? 1 : -1;
}
