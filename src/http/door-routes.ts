import type { ApiRoute } from './api/define-route.ts';
import { sessionRoutes, type SessionRouteDeps } from './sessions/session-routes.ts';

/** What the control plane of the other doors needs. */
export type DoorRouteDeps = SessionRouteDeps;

/** The routes by which what the doors serve is managed. */
export function doorRoutes(deps: DoorRouteDeps): ApiRoute[] {
  return [...sessionRoutes(deps)];
}
