import type { FirstAdmin } from '../identity/ensure-first-admin.ts';
import type { Log } from '../kernel/log.ts';
import type { Config } from './config/config-schema.ts';
import { startApp } from './start-app.ts';
import { stop } from './stop.ts';

export type { FirstAdmin } from '../identity/ensure-first-admin.ts';

/** A gateway that listens. */
export interface RunningGateway {
  readonly url: string;
  /** Resolves when every service has been tried once. */
  readonly ready: Promise<void>;
  /** Stops in order; running calls may finish for `shutdown.drainMs`. */
  stop(reason: string): Promise<void>;
}

/**
 * Starts a gateway. Throws GatewayError with one clear sentence; only the data folder is left
 * behind then. On the first start `showFirstAdmin` gets the credentials, which are kept nowhere,
 * as soon as they exist: a start that fails later must not lose them.
 */
export async function startGateway(
  config: Config,
  log: Log,
  showFirstAdmin: (admin: FirstAdmin) => void,
): Promise<RunningGateway> {
  const { app, ready } = await startApp(config, log, showFirstAdmin);
  try {
    const url = await app.server.listen(config.server.host, config.server.port);
    // A port that was left to the system is known only now.
    const { publicUrl, port } = config.server;
    if (publicUrl === undefined && port === 0) app.baseUrl.current = url;
    let stopping: Promise<void> | undefined;
    return {
      url,
      ready,
      stop: () => (stopping ??= stop(app)),
    };
  } catch (error) {
    await stop(app);
    throw error;
  }
}
