import { getRequestListener } from '@hono/node-server';
import type { ApiListener } from '../server.ts';
import type { ApiDeps } from './api-deps.ts';
import { createApi } from './create-api.ts';

/** The control plane as a listener of `node:http`. */
export function createApiListener(deps: ApiDeps): ApiListener {
  return getRequestListener(createApi(deps).fetch, { overrideGlobalObjects: false });
}
