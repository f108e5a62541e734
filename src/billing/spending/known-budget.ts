import { budgetWindow, type Budget } from '../pools/budget.ts';
import { poolIdOf } from '../pools/pool-id.ts';
import type { SpendRequest, SpendService } from './spend-request.ts';

/** A budget, ready to be asked often. */
export class KnownBudget {
  readonly budget: Budget;
  #window:
    | { readonly startMs: number; readonly endMs: number; readonly poolId: string }
    | undefined;

  constructor(budget: Budget) {
    this.budget = budget;
  }

  /** The pool of the window that a moment lies in. */
  poolIdAt(atMs: number): string {
    const known = this.#window;
    // Reading a calendar is slow, and nearly all calls are of the same window.
    if (known !== undefined && known.startMs <= atMs && atMs < known.endMs) return known.poolId;
    const { id: budgetId } = this.budget;
    const period = budgetWindow(this.budget, atMs);
    const [startMs, endMs] = period === undefined ? [null, null] : [period.startMs, period.endMs];
    const poolId = poolIdOf({ kind: 'budget', budgetId, startMs, endMs });
    this.#window = { startMs: startMs ?? -Infinity, endMs: endMs ?? Infinity, poolId };
    return poolId;
  }

  /** Whether a call may be one of those that count for it. */
  concerns({ userId, grantId, services, tool }: SpendRequest): boolean {
    const { scope } = this.budget;
    if (scope.userId !== undefined && scope.userId !== userId) return false;
    if (scope.grantId !== undefined && scope.grantId !== grantId) return false;
    if (scope.serviceId === undefined) return true;
    if (!services.some((service) => this.isAbout(service))) return false;
    return scope.tool === undefined || scope.tool === tool;
  }

  /** Whether what a service answers counts for it. */
  isAbout(service: Pick<SpendService, 'id'> | undefined): boolean {
    const { serviceId } = this.budget.scope;
    return serviceId === undefined || serviceId === service?.id;
  }
}
