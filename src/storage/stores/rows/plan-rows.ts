import type {
  Plan,
  PlanTerms,
  PlanVersionHead,
  StoredPlanVersion,
  StoredSubscription,
} from '../../../billing/plans/store.ts';
import type { PlanTables } from '../tables/plan-tables.ts';

/** A plan, a version and a subscription as their columns hold them. */
export type PlanRow = PlanTables['plan'];
/** See `PlanRow`. */
export type PlanVersionRow = PlanTables['plan_version'];
/** See `PlanRow`. */
export type SubscriptionRow = PlanTables['subscription'];

/** Reads a plan. */
export function toPlan(row: PlanRow): Plan {
  const { created_at_ms: createdAtMs, updated_at_ms: updatedAtMs } = row;
  const { id, name, description, version } = row;
  return { id, name, description, createdAtMs, updatedAtMs, version };
}

/** Reads a version. */
export function toPlanVersion(row: PlanVersionRow): StoredPlanVersion {
  return { ...toPlanVersionHead(row), terms: JSON.parse(row.terms) as PlanTerms };
}

/** Reads a version without its terms. */
export function toPlanVersionHead(row: Omit<PlanVersionRow, 'terms'>): PlanVersionHead {
  return {
    id: row.id,
    planId: row.plan_id,
    number: row.number,
    status: row.status,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    publishedAtMs: row.published_at_ms,
    version: row.version,
  };
}

/** Reads a subscription. */
export function toSubscription(row: SubscriptionRow): StoredSubscription {
  return {
    tenant: row.tenant_id,
    id: row.id,
    planVersionId: row.plan_version_id,
    startsAtMs: row.starts_at_ms,
    endsAtMs: row.ends_at_ms,
    anchorMs: row.anchor_ms,
    timeZone: row.time_zone,
    createdAtMs: row.created_at_ms,
    version: row.version,
    trialEndsAtMs: row.trial_ends_at_ms,
  };
}
