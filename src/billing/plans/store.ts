import type { TenantId } from '../../kernel/principal.ts';
import type { PlanTerms, PlanVersion, Subscription } from './plan.ts';

export type { BillingRule, PlanTerms, PlanVersion, Subscription } from './plan.ts';

/** A price list by its name; what it costs is in its versions. */
export interface Plan {
  readonly id: string;
  /** No two plans have the same. */
  readonly name: string;
  readonly description: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Grows with each change. */
  readonly version: number;
}

/** What changes of a plan. */
export interface PlanUpdate {
  readonly name?: string;
  readonly description?: string;
  readonly updatedAtMs: number;
  readonly ifVersion: number | undefined;
}

/** A version as it is kept. */
export interface StoredPlanVersion extends PlanVersion {
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Grows with each change of the draft. */
  readonly version: number;
}

/** A version without its terms, as lists show it. */
export type PlanVersionHead = Omit<StoredPlanVersion, 'terms'>;

/** A draft to be made. */
export interface NewPlanVersion {
  readonly id: string;
  readonly planId: string;
  readonly terms: PlanTerms;
  readonly createdAtMs: number;
}

/** Which draft, and the version that it must have. */
export interface DraftPlace {
  readonly planId: string;
  readonly id: string;
  readonly ifVersion: number | undefined;
}

/** Price lists. They are the operator's, so no method takes a tenant. */
export interface PlanStore {
  /** By name. */
  list(): Promise<readonly Plan[]>;
  get(id: string): Promise<Plan | undefined>;
  /** Rejects with `conflict` for a name that is taken, or when there are too many. */
  insert(plan: Plan): Promise<void>;
  /** What it is then; undefined when there is none. */
  update(id: string, update: PlanUpdate): Promise<Plan | undefined>;
  /** With its drafts. False when there is none; `conflict` once a version was published. */
  delete(id: string, ifVersion: number | undefined): Promise<boolean>;
  /** The versions of a plan, the newest first. */
  versions(planId: string): Promise<readonly PlanVersionHead[]>;
  version(planId: string, id: string): Promise<StoredPlanVersion | undefined>;
  /** A version of whatever plan, by its id alone. */
  versionById(id: string): Promise<StoredPlanVersion | undefined>;
  /** Adds a draft with the next number; undefined when there is no such plan. */
  insertVersion(draft: NewPlanVersion): Promise<StoredPlanVersion | undefined>;
  /** Gives a draft other terms. Undefined when there is none; `conflict` when it is published. */
  updateDraft(
    place: DraftPlace,
    terms: PlanTerms,
    atMs: number,
  ): Promise<StoredPlanVersion | undefined>;
  /** False when there is none; `conflict` when it is published. */
  deleteDraft(place: DraftPlace): Promise<boolean>;
  /** Makes a draft final. Undefined when there is none; `conflict` when it is published. */
  publish(place: DraftPlace, atMs: number): Promise<StoredPlanVersion | undefined>;
}

/** A subscription as it is kept. */
export interface StoredSubscription extends Subscription {
  readonly tenant: TenantId;
  readonly createdAtMs: number;
  /** Grows with each change. */
  readonly version: number;
}

/** A place in the list of all subscriptions: by tenant, then id. */
export interface SubscriptionPlace {
  readonly tenant: string;
  readonly id: string;
}

/** Ends a subscription; with `next`, another one begins at that moment. */
export interface SubscriptionEnd {
  readonly atMs: number;
  readonly ifVersion: number | undefined;
  readonly next?: StoredSubscription;
}

/** Who is on which plan. */
export interface SubscriptionStore {
  /** Of one tenant, in the order of their starts. */
  list(tenant: TenantId): Promise<readonly StoredSubscription[]>;
  /** Of all tenants, for the operator: those behind this place. */
  listAll(
    after: SubscriptionPlace | undefined,
    rowsMax: number,
  ): Promise<readonly StoredSubscription[]>;
  get(tenant: TenantId, id: string): Promise<StoredSubscription | undefined>;
  /** The one that a moment belongs to. */
  at(tenant: TenantId, atMs: number): Promise<StoredSubscription | undefined>;
  /**
   * Rejects with `conflict` when it would overlap with another one of the tenant or its version is
   * not published, with `not_found` for a tenant or a version that there is not.
   */
  insert(tenant: TenantId, subscription: StoredSubscription): Promise<void>;
  /**
   * Ends it at a moment, which lies after its start and not after its end; resolves with what it
   * is then, undefined when there is none. Rejects as `insert` does.
   */
  end(tenant: TenantId, id: string, end: SubscriptionEnd): Promise<StoredSubscription | undefined>;
}
