import type { StoredPlanVersion, StoredSubscription } from '../../../../billing/plans/store.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';

/** The plan that a tenant is on. */
export interface OwnPlan {
  readonly subscription: StoredSubscription;
  readonly version: StoredPlanVersion;
}

/** The plan that a tenant is on at a moment; undefined for none. */
export async function currentPlan(
  { plans, subscriptions }: ApiDeps['billing'],
  tenant: TenantId,
  atMs: number,
): Promise<OwnPlan | undefined> {
  const subscription = await subscriptions.at(tenant, atMs);
  if (subscription === undefined) return undefined;
  const version = await plans.versionById(subscription.planVersionId);
  return version === undefined ? undefined : { subscription, version };
}
