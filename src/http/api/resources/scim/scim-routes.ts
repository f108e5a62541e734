import type { ApiDeps } from '../../framework/api-deps.ts';
import type { ApiRoute } from '../../framework/define-route.ts';
import { scimDiscoveryRoutes } from './scim-discovery-routes.ts';
import { scimGroups } from './scim-groups.ts';
import { scimKindRoutes } from './scim-kind-routes.ts';
import { scimUsers } from './scim-users.ts';

/** SCIM 2.0 (RFC 7643, RFC 7644): an identity provider keeps users and groups of its tenant. */
export function scimRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    ...scimKindRoutes(deps, scimUsers),
    ...scimKindRoutes(deps, scimGroups),
    ...scimDiscoveryRoutes(deps),
  ];
}
