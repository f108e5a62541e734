import type { ApiDeps } from '../../framework/api-deps.ts';
import type { ApiRoute } from '../../framework/define-route.ts';
import { scimDiscoveryRoutes } from './scim-discovery-routes.ts';
import { scimGroupRoutes } from './scim-group-routes.ts';
import { scimUserRoutes } from './scim-user-routes.ts';

/** SCIM 2.0 (RFC 7643, RFC 7644): an identity provider keeps users and groups of its tenant. */
export function scimRoutes(deps: ApiDeps): ApiRoute[] {
  return [...scimUserRoutes(deps), ...scimGroupRoutes(deps), ...scimDiscoveryRoutes(deps)];
}
