import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import type { AccessRule } from '../kernel/permissions.ts';
import type { Principal, TenantId } from '../kernel/principal.ts';
import type { Offer } from './offer.ts';
import type { PolicyBook } from './rules/policy-book.ts';
import type { Restriction } from './rules/restriction.ts';
import type { TenantPolicy } from './rules/tenant-policy.ts';
import { Views } from './views.ts';

/** What callers see is made from. */
export interface CallerViewsContext {
  readonly book: Pick<PolicyBook, 'of'>;
  snapshotOf(tenant: TenantId): TenantSnapshot;
  /** What the plan of a tenant offers; without it, or where it gives nothing, everything is. */
  offerOf?(tenant: TenantId): Offer | undefined;
  /** What is in every plan: what is not sold. */
  readonly alwaysIncluded?: readonly AccessRule[];
}

/** What was found for a caller, as long as its tenant's rules and services are these. */
interface Seen {
  readonly policy: TenantPolicy;
  readonly snapshot: TenantSnapshot;
  readonly offer: Offer | undefined;
  readonly restriction: Restriction | undefined;
  readonly view: TenantSnapshot;
}

/**
 * What each caller may see and use: what its roles and its credential give, without what the plan
 * of its tenant does not include and what the rules of its tenant take away. Every call asks, so
 * what was found is kept by the very principal.
 */
export class CallerViews {
  readonly #context: CallerViewsContext;
  readonly #views: Views;
  readonly #seen = new WeakMap<Principal, Seen>();

  constructor(context: CallerViewsContext) {
    this.#context = context;
    this.#views = new Views(context.alwaysIncluded);
  }

  /** The caller's view; the snapshot itself for whom nothing is taken away. */
  viewOf(principal: Principal): TenantSnapshot {
    const { book, snapshotOf } = this.#context;
    const { tenant, permissions } = principal;
    const policy = book.of(tenant);
    if (policy !== undefined) return this.#look(principal, policy).view;
    const offer = this.#context.offerOf?.(tenant);
    return this.#views.of(snapshotOf(tenant), permissions, undefined, offer);
  }

  /** What who may change services sees: rules and plans decide what is used, not what is kept. */
  managedViewOf(principal: Principal): TenantSnapshot {
    const { tenant, permissions } = principal;
    if (!permissions.actions.has('services.write')) return this.viewOf(principal);
    return this.#views.of(this.#context.snapshotOf(tenant), permissions);
  }

  /** What the rules take away from the caller; undefined for nothing. */
  restrictionOf(principal: Principal): Restriction | undefined {
    const policy = this.#context.book.of(principal.tenant);
    return policy === undefined ? undefined : this.#look(principal, policy).restriction;
  }

  /** What the plan of a tenant offers; undefined when it changes nothing. */
  offerOf(tenant: TenantId): Offer | undefined {
    return this.#context.offerOf?.(tenant);
  }

  #look(principal: Principal, policy: TenantPolicy): Seen {
    const snapshot = this.#context.snapshotOf(principal.tenant);
    const offer = this.#context.offerOf?.(principal.tenant);
    const known = this.#seen.get(principal);
    if (known?.policy === policy && known.snapshot === snapshot && known.offer === offer) {
      return known;
    }
    const restriction =
      known?.policy === policy ? known.restriction : policy.restrictionOf(principal);
    const view = this.#views.of(snapshot, principal.permissions, restriction, offer);
    const seen = { policy, snapshot, offer, restriction, view };
    this.#seen.set(principal, seen);
    return seen;
  }
}
