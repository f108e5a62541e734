import type { ApiDeps } from '../../framework/api-deps.ts';
import type { ApiRoute } from '../../framework/define-route.ts';
import { invitationRoutes } from './invitation-routes.ts';
import { passwordRoutes } from './password-routes.ts';
import { secondFactorRoutes } from './second-factor-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { tokenRoutes } from './token-routes.ts';

/** How people sign in, and how they come to be here. */
export function authRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    ...tokenRoutes(deps),
    ...sessionRoutes(deps),
    ...secondFactorRoutes(deps),
    ...passwordRoutes(deps),
    ...invitationRoutes(deps),
  ];
}
