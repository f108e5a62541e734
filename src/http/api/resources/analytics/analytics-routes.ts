import type { ApiDeps } from '../../framework/api-deps.ts';
import type { ApiRoute } from '../../framework/define-route.ts';
import { costAnalyticsRoutes } from './cost-analytics-routes.ts';
import { forecastRoute } from './forecast-route.ts';
import { tenantAnalyticsRoutes } from './tenant-analytics-routes.ts';
import { usageAnalyticsRoutes } from './usage-analytics-routes.ts';

/** Questions about usage and costs. */
export function analyticsRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    ...usageAnalyticsRoutes(deps),
    ...costAnalyticsRoutes(deps),
    forecastRoute(deps),
    ...tenantAnalyticsRoutes(deps),
  ];
}
