import type { ControlPlane, ListenerDeps } from '../../http/api/api-listener.ts';
import type { ApiListener } from '../../http/listener/server.ts';

/** The control plane, which is not there before somebody wants it. */
export interface LazyApi {
  readonly listener: ApiListener;
  /** Loads it when it is not loaded yet. */
  load(): Promise<ControlPlane>;
}

/**
 * The control plane, loaded when it is first asked for: its schemas are a third of the program's
 * start, and the data plane does not wait for them.
 */
export function lazyApi(deps: ListenerDeps): LazyApi {
  let loading: Promise<ControlPlane> | undefined;
  const load = (): Promise<ControlPlane> => {
    loading ??= import('../../http/api/api-listener.ts').then((module) =>
      module.openControlPlane(deps),
    );
    return loading;
  };
  return {
    load,
    listener: async (request, response) => {
      const { listener } = await load();
      return listener(request, response);
    },
  };
}
