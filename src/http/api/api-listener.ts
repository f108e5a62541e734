import { getRequestListener } from '@hono/node-server';
import { doorRoutes, type DoorRouteDeps } from './door-routes.ts';
import type { ApiListener } from '../listener/server.ts';
import type { ApiDeps } from './framework/api-deps.ts';
import { createApi } from './create-api.ts';

/** The control plane as a listener of `node:http`. */
export function createApiListener(deps: ApiDeps & DoorRouteDeps): ApiListener {
  return getRequestListener(createApi(deps, doorRoutes(deps)).fetch, {
    overrideGlobalObjects: false,
  });
}
