import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { Principal, TenantId } from '../kernel/principal.ts';
import type { PolicyBook } from './rules/policy-book.ts';
import type { Restriction } from './rules/restriction.ts';
import type { TenantPolicy } from './rules/tenant-policy.ts';
import { Views } from './views.ts';

/** What callers see is made from. */
export interface CallerViewsContext {
  readonly book: Pick<PolicyBook, 'of'>;
  snapshotOf(tenant: TenantId): TenantSnapshot;
}

/** What was found for a caller, as long as its tenant's rules and services are these. */
interface Seen {
  readonly policy: TenantPolicy;
  readonly snapshot: TenantSnapshot;
  readonly restriction: Restriction | undefined;
  readonly view: TenantSnapshot;
}

/**
 * What each caller may see and use: what its roles and its credential give, without what the rules
 * of its tenant take away. Every call asks, so what was found is kept by the very principal.
 */
export class CallerViews {
  readonly #context: CallerViewsContext;
  readonly #views = new Views();
  readonly #seen = new WeakMap<Principal, Seen>();

  constructor(context: CallerViewsContext) {
    this.#context = context;
  }

  /** The caller's view; the snapshot itself for whom nothing is taken away. */
  viewOf(principal: Principal): TenantSnapshot {
    const { book, snapshotOf } = this.#context;
    const snapshot = snapshotOf(principal.tenant);
    const policy = book.of(principal.tenant);
    if (policy === undefined) return this.#views.of(snapshot, principal.permissions);
    return this.#look(principal, policy, snapshot).view;
  }

  /** What who may change services sees of them: rules decide what is used, not what is kept. */
  managedViewOf(principal: Principal): TenantSnapshot {
    const { tenant, permissions } = principal;
    if (!permissions.actions.has('services.write')) return this.viewOf(principal);
    return this.#views.of(this.#context.snapshotOf(tenant), permissions);
  }

  /** What the rules take away from the caller; undefined for nothing. */
  restrictionOf(principal: Principal): Restriction | undefined {
    const policy = this.#context.book.of(principal.tenant);
    if (policy === undefined) return undefined;
    return this.#look(principal, policy, this.#context.snapshotOf(principal.tenant)).restriction;
  }

  #look(principal: Principal, policy: TenantPolicy, snapshot: TenantSnapshot): Seen {
    const known = this.#seen.get(principal);
    if (known?.policy === policy && known.snapshot === snapshot) return known;
    const restriction =
      known?.policy === policy ? known.restriction : policy.restrictionOf(principal);
    const view = this.#views.of(snapshot, principal.permissions, restriction);
    const seen = { policy, snapshot, restriction, view };
    this.#seen.set(principal, seen);
    return seen;
  }
}
