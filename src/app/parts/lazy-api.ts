import type { ListenerDeps } from '../../http/api/api-listener.ts';
import type { ApiListener } from '../../http/listener/server.ts';

/**
 * The control plane, loaded when it is first asked for: its schemas are a third of the program's
 * start, and the data plane does not wait for them.
 */
export function lazyApi(deps: ListenerDeps): ApiListener {
  let loading: Promise<ApiListener> | undefined;
  return async (request, response) => {
    loading ??= import('../../http/api/api-listener.ts').then((module) =>
      module.createApiListener(deps),
    );
    const listener = await loading;
    return listener(request, response);
  };
}
