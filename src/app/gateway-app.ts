import type { BundleCatalog } from '../catalog/bundle-catalog.ts';
import type { CatalogRegistry } from '../catalog/catalog-registry.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { HttpEgress } from '../egress/http-egress.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { ManagedSessions } from '../gateway/sessions/managed-sessions.ts';
import type { ApiStatus } from '../http/api/framework/api-deps.ts';
import type { Doors, HttpServer } from '../http/listener/server.ts';
import type { FirstAdmin } from '../identity/ensure-first-admin.ts';
import type { JobRunner } from '../jobs/job-runner.ts';
import type { RoutingTables } from '../gateway/routing-tables.ts';
import type { Admission } from '../identity/create-admission.ts';
import type { Log } from '../kernel/log.ts';
import type { Admit, Principal } from '../kernel/principal.ts';
import type { UsageLog } from '../metering/store.ts';
import type { Storage } from '../storage/storage.ts';
import type { OpenedBus } from './open-bus.ts';
import type { Config } from './config/config-schema.ts';

/** Every part of one gateway, wired and not yet listening. */
export interface GatewayApp extends RoutingTables {
  readonly config: Config;
  readonly log: Log;
  readonly storage: Storage;
  readonly bus: OpenedBus;
  readonly jobs: JobRunner;
  readonly nodeId: string;
  readonly usageLog: UsageLog;
  readonly egress: HttpEgress;
  readonly catalog: Catalog;
  readonly bundles: BundleCatalog;
  readonly registry: CatalogRegistry;
  readonly admission: Admission;
  readonly gateway: Gateway;
  readonly doors: Doors & Disposable;
  readonly sessions: ManagedSessions;
  readonly server: HttpServer;
  readonly firstAdmin: FirstAdmin | undefined;
  readonly admit: Admit;
  /** Whoever runs the process, when that was asked for. */
  readonly localCaller: Principal | undefined;
  /** Told to whoever asks for health. */
  readonly phase: { current: ApiStatus['phase'] };
}
