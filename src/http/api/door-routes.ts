import type { ApiRoute } from './framework/define-route.ts';
import { bundleRoutes, type BundleRouteDeps } from './resources/bundles/bundle-routes.ts';
import { sessionRoutes, type SessionRouteDeps } from './resources/sessions/session-routes.ts';

/** What the control plane of the other doors needs. */
export type DoorRouteDeps = SessionRouteDeps & BundleRouteDeps;

/** The routes by which what the doors serve is managed. */
export function doorRoutes(deps: DoorRouteDeps): ApiRoute[] {
  return [...sessionRoutes(deps), ...bundleRoutes(deps)];
}
