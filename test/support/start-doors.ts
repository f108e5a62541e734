import { getRequestListener } from '@hono/node-server';
import { BundleCatalog } from '../../src/catalog/bundle-catalog.ts';
import { Catalog } from '../../src/catalog/catalog.ts';
import type { Service } from '../../src/catalog/store.ts';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import { ManagedSessions } from '../../src/gateway/sessions/managed-sessions.ts';
import { createDoors, type DoorsContext } from '../../src/http/create-doors.ts';
import { doorRoutes } from '../../src/http/door-routes.ts';
import { createOriginGuard } from '../../src/http/origin-guard.ts';
import { HttpServer } from '../../src/http/server.ts';
import { Bus } from '../../src/kernel/bus.ts';
import { GatewayError } from '../../src/kernel/errors.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { tenantId, type Principal, type TenantId } from '../../src/kernel/principal.ts';
import type { UsageRecord } from '../../src/metering/usage-record.ts';
import type { Upstream } from '../../src/upstream/contract.ts';
import { ControlPlane } from './control-plane.ts';
import { memoryBundleStore } from './memory-bundle-store.ts';
import { memorySessionStore } from './memory-session-store.ts';

/** Doors, spine and catalog over fake upstreams, listening on loopback. */
export interface RunningDoors extends AsyncDisposable {
  readonly timeouts: HttpServer['timeouts'];
  readonly url: string;
  readonly catalog: Catalog;
  readonly bus: Bus;
  /** The tenant that services are added to. */
  readonly tenant: TenantId;
  readonly sessions: ManagedSessions;
  /** Usage records in the order they were appended. */
  readonly usage: UsageRecord[];
  /** Runs before each record becomes durable; tests make it slow or fail. */
  beforeAppend: () => Promise<void>;
  /** Keys that are let in no more. */
  readonly revoked: Set<string>;
  /** Stops the doors the way a gateway does, giving running calls this long. */
  stop(drainMs: number): Promise<void>;
  add(slug: string, upstream: Upstream): Promise<void>;
}

/** Tests do not wait as long as users would. */
const TASK_AFTER_MS = 40;

/** The keys that are let in, by tenant. */
export const testKeys = { a: 'key-of-a', a2: 'second-key-of-a', b: 'key-of-b' } as const;

function principalOf(token: string | undefined): Principal {
  const name = Object.entries(testKeys).find(([, key]) => key === token)?.[0];
  if (name === undefined) throw new GatewayError('unauthenticated');
  const tenant = tenantId(`ten_${name[0] ?? ''}`);
  return { tenant, userId: `usr_${name}`, credentialId: `key_${name}`, role: 'admin' };
}

interface Spine {
  readonly bus: Bus;
  readonly ids: IdSource;
  readonly upstreams: Map<string, Upstream>;
  readonly catalog: Catalog;
  readonly bundles: BundleCatalog;
}

function startSpine(): Spine {
  const bus = new Bus();
  const ids = new IdSource();
  const upstreams = new Map<string, Upstream>();
  const catalog = new Catalog({
    services: {
      list: () => Promise.resolve([]),
      get: () => Promise.resolve(undefined),
      insert: () => Promise.resolve(),
      update: () => Promise.resolve(true),
      delete: () => Promise.resolve(true),
    },
    aliases: { list: () => Promise.resolve([]), insert: () => Promise.resolve() },
    bus,
    log: silentLog,
    open: ({ slug }) => Promise.resolve(upstreams.get(slug) as Upstream),
  });
  const bundles = new BundleCatalog({
    store: memoryBundleStore(),
    bus,
    ids,
    snapshotOf: (tenant) => catalog.snapshot(tenant),
  });
  return { bus, ids, upstreams, catalog, bundles };
}

function gatewayOver({ catalog, bundles, bus, ids }: Spine, running: () => RunningDoors): Gateway {
  return createGateway({
    authenticate: (token) => {
      if (token !== undefined && running().revoked.has(token)) {
        throw new GatewayError('unauthenticated');
      }
      return principalOf(token);
    },
    snapshotOf: (tenant) => catalog.snapshot(tenant),
    bundleSnapshotOf: (tenant, slug) => bundles.snapshot(tenant, slug),
    usageLog: {
      append: async (record) => {
        await running().beforeAppend();
        running().usage.push(record);
      },
      drain: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    bus,
    ids,
    nodeId: 'test',
    sealRing: [{ id: 'k1', secret: Buffer.alloc(32, 1) }],
    filters: [],
    taskTimes: { afterMs: TASK_AFTER_MS },
  });
}

/** Starts doors over no services; `add` puts services of tenant A in. */
export async function startDoors(change: Partial<DoorsContext> = {}): Promise<RunningDoors> {
  const spine = startSpine();
  const { bus, ids, upstreams, catalog, bundles } = spine;
  const gateway = gatewayOver(spine, () => running);
  const originGuard = createOriginGuard({ allowedHosts: [], allowedOrigins: [] });
  const sessions = new ManagedSessions({
    store: memorySessionStore(),
    hasService: (tenant, slug) => catalog.snapshot(tenant).bySlug.has(slug),
    log: silentLog,
  });
  const doors = createDoors({
    gateway,
    originGuard,
    sessions,
    log: silentLog,
    ids,
    basePath: '',
    ...change,
  });
  const plane = new ControlPlane(
    {
      authenticate: (token) => gateway.authenticate(token),
      originGuard,
    },
    doorRoutes({
      sessions,
      bundles,
      snapshotOf: (tenant) => catalog.snapshot(tenant),
      basePath: change.basePath ?? '',
    }),
  );
  const api = getRequestListener(plane.api.fetch, { overrideGlobalObjects: false });
  const server = new HttpServer(doors, api);
  const url = await server.listen('127.0.0.1', 0);
  const running: RunningDoors = {
    timeouts: server.timeouts,
    url,
    catalog,
    bus,
    tenant: tenantId('ten_a'),
    usage: [],
    sessions,
    beforeAppend: () => Promise.resolve(),
    revoked: new Set(),
    add: async (slug, upstream) => {
      upstreams.set(slug, upstream);
      const live = catalog.prepare(serviceOf(slug, ids));
      await live.start();
      await catalog.put(live);
    },
    stop: async (drainMs) => {
      gateway.endListenStreams();
      await server.drain(drainMs);
    },
    async [Symbol.asyncDispose]() {
      await running.stop(100);
      doors[Symbol.dispose]();
      sessions[Symbol.dispose]();
      await catalog[Symbol.asyncDispose]();
    },
  };
  return running;
}

function serviceOf(slug: string, ids: IdSource): Service {
  return {
    id: ids.next('svc'),
    tenant: tenantId('ten_a'),
    slug,
    kind: 'fake',
    title: slug,
    enabled: true,
    config: {},
    createdAtMs: 0,
    updatedAtMs: 0,
  };
}
