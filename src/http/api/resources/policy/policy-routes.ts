import type { ApiRoute } from '../../framework/define-route.ts';
import { explainRoutes } from './explain-routes.ts';
import type { PolicyRouteDeps } from '../../framework/policy-deps.ts';
import { ruleRoutes } from './rule-routes.ts';
import { settingsRoutes } from './settings-routes.ts';

/** Who may use what, and how much: rules, settings, and what comes of them. */
export function policyRoutes(deps: PolicyRouteDeps): ApiRoute[] {
  return [...ruleRoutes(deps), ...settingsRoutes(deps), ...explainRoutes(deps)];
}
