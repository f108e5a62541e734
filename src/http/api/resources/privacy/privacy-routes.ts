import type { ApiDeps } from '../../framework/api-deps.ts';
import type { ApiRoute } from '../../framework/define-route.ts';
import { captureRoutes } from './capture-routes.ts';
import { erasureRoutes } from './erasure-routes.ts';
import { exportRoutes } from './export-routes.ts';
import { retentionRoutes } from './retention-routes.ts';

/** What is kept of people and calls: for how long, handed out, erased, captured. */
export function privacyRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    ...retentionRoutes(deps),
    ...exportRoutes(deps),
    ...erasureRoutes(deps),
    ...captureRoutes(deps),
  ];
}
