import type { ApiDeps } from '../../framework/api-deps.ts';
import type { ApiRoute } from '../../framework/define-route.ts';
import { chargeRoutes } from './charge-routes.ts';
import { costRoutes } from './cost-routes.ts';
import { ownPlanRoutes } from './own-plan-routes.ts';
import { planRoutes } from './plan-routes.ts';
import { subscriptionRoutes } from './subscription-routes.ts';
import { versionRoutes } from './version-routes.ts';

/** Price lists and who is on which, for the operator; the own plan and what it costs. */
export function billingRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    ...planRoutes(deps),
    ...versionRoutes(deps),
    ...subscriptionRoutes(deps),
    ...ownPlanRoutes(deps),
    ...costRoutes(deps),
    ...chargeRoutes(deps),
  ];
}
