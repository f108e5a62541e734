import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiDeps } from '../http/api/api-deps.ts';
import type { ApiListener } from '../http/server.ts';

/**
 * The control plane, loaded when it is first asked for: its schemas are a third of the program's
 * start, and the data plane does not wait for them.
 */
export function lazyApi(deps: ApiDeps): ApiListener {
  let loading: Promise<ApiListener> | undefined;
  return async (request: IncomingMessage, response: ServerResponse) => {
    loading ??= load(deps);
    const listener = await loading;
    return listener(request, response);
  };
}

async function load(deps: ApiDeps): Promise<ApiListener> {
  const [{ createApi }, { getRequestListener }] = await Promise.all([
    import('../http/api/create-api.ts'),
    import('@hono/node-server'),
  ]);
  return getRequestListener(createApi(deps).fetch, { overrideGlobalObjects: false });
}
