import type { BundleCatalog } from '../catalog/bundle-catalog.ts';
import type { CatalogRegistry } from '../catalog/catalog-registry.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { HttpEgress } from '../egress/http-egress.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { ManagedSessions } from '../gateway/sessions/managed-sessions.ts';
import type { ApiStatus } from '../http/api/api-deps.ts';
import type { Doors, HttpServer } from '../http/server.ts';
import type { FirstAdmin } from '../identity/ensure-first-admin.ts';
import type { Log } from '../kernel/log.ts';
import type { UsageLog } from '../metering/store.ts';
import type { Storage } from '../storage/storage.ts';
import type { Config } from './config-schema.ts';

/** Every part of one gateway, wired and not yet listening. */
export interface Parts {
  readonly config: Config;
  readonly log: Log;
  readonly storage: Storage;
  readonly usageLog: UsageLog;
  readonly egress: HttpEgress;
  readonly catalog: Catalog;
  readonly bundles: BundleCatalog;
  readonly registry: CatalogRegistry;
  readonly gateway: Gateway;
  readonly doors: Doors & Disposable;
  readonly sessions: ManagedSessions;
  readonly server: HttpServer;
  readonly firstAdmin: FirstAdmin | undefined;
  /** The credential of the process itself, when it was asked for. */
  readonly localToken: string | undefined;
  /** Told to whoever asks for health. */
  readonly phase: { current: ApiStatus['phase'] };
}
