import type { ApiDeps } from '../../framework/api-deps.ts';
import type { ApiRoute } from '../../framework/define-route.ts';
import { budgetRoutes } from './budget-routes.ts';
import { chargeRoutes } from './charge-routes.ts';
import { costRoutes } from './cost-routes.ts';
import { creditRoutes } from './credit-routes.ts';
import { draftRuleRoutes } from './draft-rule-routes.ts';
import { billingMeRoutes } from './me-routes.ts';
import { ownPlanRoutes } from './own-plan-routes.ts';
import { planRoutes } from './plan-routes.ts';
import { simulateRoutes } from './simulate-routes.ts';
import { subscriptionRoutes } from './subscription-routes.ts';
import { versionRoutes } from './version-routes.ts';

/** Price lists, who is on which and credit, for the operator; the own plan, costs and budgets. */
export function billingRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    ...planRoutes(deps),
    ...versionRoutes(deps),
    ...draftRuleRoutes(deps),
    ...simulateRoutes(deps),
    ...subscriptionRoutes(deps),
    ...ownPlanRoutes(deps),
    ...billingMeRoutes(deps),
    ...costRoutes(deps),
    ...chargeRoutes(deps),
    ...creditRoutes(deps),
    ...budgetRoutes(deps),
  ];
}
