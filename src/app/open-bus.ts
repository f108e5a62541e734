import type { Bus } from '../kernel/bus.ts';
import type { Log } from '../kernel/log.ts';
import { MemoryBus } from '../kernel/memory-bus.ts';
import type { Config } from './config/config-schema.ts';
import { postgresSettings } from './open-storage.ts';

/** The bus of a gateway, and whether other instances may be on the same database. */
export interface OpenedBus extends Bus, AsyncDisposable {
  readonly isShared: boolean;
}

/** On the embedded database there is one process; with PostgreSQL instances tell each other. */
export async function openBus(config: Config, log: Log): Promise<OpenedBus> {
  const settings = postgresSettings(config);
  if (settings === undefined) return opened(new MemoryBus(), false);
  if (!config.database.notifications) return opened(new MemoryBus(), true);
  // A gateway on the embedded engine has no use for the driver.
  const { PostgresBus } = await import('../storage/postgres/postgres-bus.ts');
  const bus = new PostgresBus(settings, log);
  return opened(bus, true, () => bus[Symbol.asyncDispose]());
}

function opened(bus: Bus, isShared: boolean, close = () => Promise.resolve()): OpenedBus {
  return {
    isShared,
    on: (name, listener) => bus.on(name, listener),
    emit: (name, event) => bus.emit(name, event),
    [Symbol.asyncDispose]: close,
  };
}
