import type { TenantId } from '../../kernel/principal.ts';
import { isTrial } from '../plans/is-trial.ts';
import type { PlanTerms, Subscription } from '../plans/plan.ts';
import type { CallHold, LeaseBook } from '../pools/lease-book.ts';
import { poolIdOf } from '../pools/pool-id.ts';
import { PoolShortage } from '../pools/pool-shortage.ts';
import type { CompiledRules } from '../rules/compile-rules.ts';
import type { BudgetBook } from './budget-book.ts';
import { CallSpending, type CallDraw } from './call-spending.ts';
import { mostOfCall } from './cost-of-call.ts';
import { isBound } from './is-bound.ts';
import type { KnownBudget } from './known-budget.ts';
import { spendingRefusal } from './refuse-spending.ts';
import type { SpendRequest } from './spend-request.ts';

/** The plan that a tenant is on. */
export interface SpendingPlan {
  readonly rules: CompiledRules;
  readonly subscription: Pick<Subscription, 'trialEndsAtMs'>;
  readonly version: { readonly terms: Pick<PlanTerms, 'currency' | 'payment'> };
}

/** What holding needs. */
export interface SpendingContext {
  readonly plans: {
    /** Tenants with a plan that is prepaid, now or later. */
    readonly prepaid: ReadonlySet<TenantId>;
    of(tenant: TenantId): SpendingPlan | undefined;
  };
  readonly budgets: BudgetBook;
  readonly leases: Pick<LeaseBook, 'hold' | 'balanceOf'>;
}

/** Sets aside what calls may cost, for tenants that pay ahead or have budgets. */
export class SpendingDesk {
  readonly #context: SpendingContext;

  constructor(context: SpendingContext) {
    this.#context = context;
  }

  /** Whether calls of a tenant can cost it anything that has a limit. */
  isBound(tenant: TenantId): boolean {
    return isBound(this.#context, tenant);
  }

  /**
   * What is left in the wallet that pays for a tenant's calls, in billionths, as far as this
   * instance knows; undefined where none does.
   */
  balanceOf(tenant: TenantId): bigint | undefined {
    const { plans, leases } = this.#context;
    const terms = plans.of(tenant)?.version.terms;
    if (terms?.payment !== 'prepaid') return undefined;
    return leases.balanceOf(tenant, poolIdOf({ kind: 'wallet', currency: terms.currency }));
  }

  /**
   * Sets aside the most that a call may cost: undefined when that is nothing, at once where this
   * instance has enough of every pool, otherwise when the pools have answered. Throws or rejects
   * with GatewayError `insufficient_credit`, `budget_exhausted` or `price_unbounded`.
   */
  hold(request: SpendRequest): CallSpending | Promise<CallSpending> | undefined {
    const { plans, budgets, leases } = this.#context;
    const plan = plans.of(request.tenant);
    const own = (budgets.of(request.tenant) ?? []).filter((one) => one.concerns(request));
    const draws = drawsOf(plan, own, request);
    if (draws.length === 0) return undefined;
    const rules = draws.every(({ from }) => from === 'calls') ? undefined : plan?.rules;
    const held = (hold: CallHold): CallSpending =>
      new CallSpending(hold, draws, request.services, rules);
    const hold = leases.hold(request.tenant, draws);
    if (!(hold instanceof Promise)) return held(hold);
    return hold.then(held, (error: unknown) => {
      throw error instanceof PoolShortage ? spendingRefusal(error, own) : error;
    });
  }
}

function drawsOf(
  plan: SpendingPlan | undefined,
  budgets: readonly KnownBudget[],
  request: SpendRequest,
): readonly CallDraw[] {
  const { startedAtMs, method } = request;
  const { currency, payment } = plan?.version.terms ?? {};
  const isPrepaid = payment === 'prepaid';
  const inMoney = budgets.filter(({ budget }) => {
    return budget.unit === 'money' && budget.currency === currency;
  });
  const isPaid = plan !== undefined && !isTrial(plan.subscription, startedAtMs);
  const isMoney = isPaid && (isPrepaid || inMoney.length > 0);
  const most = isMoney ? mostOfCall(plan.rules, request) : 0n;
  const draws: CallDraw[] = [];
  if (isPrepaid && currency !== undefined && most > 0n) {
    const poolId = poolIdOf({ kind: 'wallet', currency });
    draws.push({ poolId, amount: most, from: 'wallet', budget: undefined });
  }
  for (const budget of most > 0n ? inMoney : []) {
    draws.push({ poolId: budget.poolIdAt(startedAtMs), amount: most, from: 'money', budget });
  }
  if (method !== 'tools/call') return draws;
  for (const budget of budgets) {
    if (budget.budget.unit !== 'calls') continue;
    draws.push({ poolId: budget.poolIdAt(startedAtMs), amount: 1n, from: 'calls', budget });
  }
  return draws;
}
