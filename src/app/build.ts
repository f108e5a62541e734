import { BundleCatalog } from '../catalog/bundle-catalog.ts';
import { CatalogRegistry } from '../catalog/catalog-registry.ts';
import { Catalog } from '../catalog/catalog.ts';
import type { ServiceState } from '../catalog/service-view.ts';
import { standardConnectors } from '../connectors/standard.ts';
import { HttpEgress } from '../egress/http-egress.ts';
import { createGateway, type Gateway } from '../gateway/gateway.ts';
import { ManagedSessions } from '../gateway/sessions/managed-sessions.ts';
import type { ApiDeps, ApiStatus } from '../http/api/api-deps.ts';
import { createDoors } from '../http/create-doors.ts';
import { createOriginGuard, type OriginGuard } from '../http/origin-guard.ts';
import { HttpServer, type Doors } from '../http/server.ts';
import { createAuthenticator, type Authenticator } from '../identity/create-authenticator.ts';
import { ensureFirstAdmin, type FirstAdmin } from '../identity/ensure-first-admin.ts';
import { issueKey } from '../identity/issue-key.ts';
import { admitLocalCaller } from '../identity/local-caller.ts';
import { signingSecret } from '../identity/signing-secret.ts';
import { Bus } from '../kernel/bus.ts';
import { IdSource } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { TenantId } from '../kernel/principal.ts';
import { Seal, type SealKey } from '../kernel/seal.ts';
import { implementation } from '../mcp/protocol.ts';
import type { UsageLog } from '../metering/store.ts';
import { openUsageLog } from '../metering/usage-log.ts';
import { openSqliteStorage } from '../storage/sqlite/open-sqlite-storage.ts';
import type { Storage } from '../storage/storage.ts';
import { hostEnvironment } from './config.ts';
import type { Config } from './config-schema.ts';
import { lazyApi } from './lazy-api.ts';
import { openService } from './open-service.ts';

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

/** What a gateway may be besides what its configuration says. */
export interface BuildOptions {
  /** Lets the process itself call, by `Parts.localToken`. */
  readonly localCaller?: boolean;
}

/** Builds a gateway from its configuration. Throws GatewayError with one clear sentence. */
export async function build(config: Config, log: Log, options: BuildOptions = {}): Promise<Parts> {
  const { directory } = config.data;
  const storage = await openSqliteStorage({ dataDir: directory, log });
  try {
    return await buildOn(storage, config, log, options);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function buildOn(
  storage: Storage,
  config: Config,
  log: Log,
  { localCaller = false }: BuildOptions,
): Promise<Parts> {
  const secret = await signingSecret(config.data.directory);
  const ids = new IdSource();
  const maker = { keySecret: secret, ids, now: Date.now };
  const firstAdmin = await ensureFirstAdmin({ ...maker, store: storage.identity });
  const usageLog = await openUsageLog({
    directory: `${config.data.directory}/usage`,
    store: storage.usage,
    durability: config.metering.durability,
    log,
  });
  const bus = new Bus();
  const egress = new HttpEgress({ policy: { allowHosts: allowedHosts(config) } });
  const sealRing: readonly SealKey[] = [{ id: 'k1', secret }];
  const seal = new Seal(sealRing, 'secret');
  const connectors = standardConnectors(hostEnvironment());
  const { secrets, services, aliases } = storage;
  const opening = { connectors, secrets, seal, egress, log };
  const catalog = new Catalog({
    services,
    aliases,
    bus,
    log,
    open: (service, signal, changed, kept) => openService(opening, service, signal, changed, kept),
  });
  const bundles = new BundleCatalog({
    store: storage.bundles,
    bus,
    ids,
    snapshotOf: (tenant) => catalog.snapshot(tenant),
  });
  const registry = new CatalogRegistry({ catalog, services, secrets, connectors, seal, ids });
  const keys = createAuthenticator({
    store: storage.identity,
    keySecret: secret,
    now: Date.now,
  });
  const local = localCaller ? await admitLocalCaller(keys, storage.identity) : undefined;
  const { authenticator } = local ?? { authenticator: keys };
  const gateway = createGateway({
    authenticate: (token) => authenticator.authenticate(token),
    snapshotOf: (tenant) => catalog.snapshot(tenant),
    bundleSnapshotOf: (tenant, slug) => bundles.snapshot(tenant, slug),
    usageLog,
    bus,
    ids,
    nodeId: 'local',
    sealRing,
    filters: [],
  });
  const originGuard = createOriginGuard(originPolicy(config));
  const sessions = new ManagedSessions({
    store: storage.sessions,
    hasService: (tenant, slug) => catalog.snapshot(tenant).bySlug.has(slug),
    log,
  });
  const doors = createDoors({
    gateway,
    originGuard,
    sessions,
    log,
    ids,
    basePath: basePath(config),
  });
  const phase: Parts['phase'] = { current: 'starting' };
  const parts = { storage, usageLog, registry, catalog, authenticator, maker, originGuard, log };
  const routes = {
    sessions,
    bundles,
    snapshotOf: (tenant: TenantId) => catalog.snapshot(tenant),
    basePath: basePath(config),
  };
  const server = new HttpServer(doors, lazyApi({ ...apiDeps(parts, phase), ...routes }));
  return {
    config,
    log,
    storage,
    usageLog,
    egress,
    catalog,
    bundles,
    registry,
    gateway,
    doors,
    sessions,
    server,
    firstAdmin,
    localToken: local?.token,
    phase,
  };
}

interface ApiParts extends Pick<Parts, 'storage' | 'usageLog' | 'registry' | 'catalog' | 'log'> {
  readonly authenticator: Authenticator;
  readonly maker: { readonly keySecret: Buffer; readonly ids: IdSource; now(): number };
  readonly originGuard: OriginGuard;
}

function apiDeps(parts: ApiParts, phase: Parts['phase']): ApiDeps {
  const { storage, usageLog, registry, catalog, authenticator, maker, originGuard, log } = parts;
  const startedAtMs = Date.now();
  return {
    registry,
    usage: storage.usage,
    drainUsage: () => usageLog.drain(),
    identity: storage.identity,
    authenticate: (token) => authenticator.authenticate(token),
    issueKey: ({ tenant, userId, name, expiresAtMs }) =>
      issueKey(
        { ...maker, store: storage.identity },
        tenant,
        userId,
        name,
        expiresAtMs ?? undefined,
      ),
    revokeKey: async (tenant, keyId) => {
      const revoked = await storage.identity.revokeKey(tenant, keyId, Date.now());
      authenticator.forget(keyId);
      return revoked;
    },
    originGuard,
    status: () => ({
      phase: phase.current,
      startedAtMs,
      version: implementation.version,
      services: countStates(catalog),
    }),
    log,
    ids: maker.ids,
    now: Date.now,
  };
}

function countStates(catalog: Catalog): Readonly<Record<ServiceState, number>> {
  const counts = { disabled: 0, starting: 0, ready: 0, failed: 0 };
  for (const live of catalog.allLives()) counts[live.health.state]++;
  return counts;
}

/** The hosts that services may be on although their addresses are private. */
export function allowedHosts({ egress }: Config): readonly string[] {
  const loopback = egress.allowLoopback ? ['127.0.0.0/8', '::1', 'localhost'] : [];
  return [...egress.allowHosts, ...loopback];
}

/** The path of the public URL, without a slash at the end. */
function basePath({ server: { publicUrl } }: Config): string {
  return publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');
}

function originPolicy({ server }: Config): Parameters<typeof createOriginGuard>[0] {
  const { publicUrl, allowedHosts: hosts, allowedOrigins } = server;
  if (publicUrl === undefined) return { allowedHosts: hosts, allowedOrigins };
  const { host, origin } = new URL(publicUrl);
  return { allowedHosts: [...hosts, host], allowedOrigins: [...allowedOrigins, origin] };
}
