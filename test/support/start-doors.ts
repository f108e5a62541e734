import { getRequestListener } from '@hono/node-server';
import type { RoutingTables } from '../../src/gateway/routing-tables.ts';
import type { ShownCosts } from '../../src/gateway/steps/shown-cost.ts';
import { CallerViews } from '../../src/policy/caller-views.ts';
import type { Offer } from '../../src/policy/offer.ts';
import { Limiter } from '../../src/policy/limits/limiter.ts';
import { PolicyBook } from '../../src/policy/rules/policy-book.ts';
import { memoryPolicyStore } from './memory-policy-store.ts';
import { testPrincipal, type TestCaller } from './test-principal.ts';
import { BundleCatalog } from '../../src/catalog/bundle-catalog.ts';
import { CatalogRegistry } from '../../src/catalog/catalog-registry.ts';
import { Catalog } from '../../src/catalog/catalog.ts';
import type { Service, ServiceStore } from '../../src/catalog/store.ts';
import { createGateway, type Gateway } from '../../src/gateway/gateway.ts';
import { ManagedSessions } from '../../src/gateway/sessions/managed-sessions.ts';
import { createDoors, type DoorsContext } from '../../src/http/doors/create-doors.ts';
import { doorRoutes } from '../../src/http/api/door-routes.ts';
import { createBaseUrl } from '../../src/http/listener/base-url.ts';
import { createOriginGuard, type OriginGuard } from '../../src/http/listener/origin-guard.ts';
import { createEdge, type EdgeSettings } from '../../src/http/listener/edge/edge.ts';
import { HttpServer, type TlsListener } from '../../src/http/listener/server.ts';
import type { Bus } from '../../src/kernel/bus.ts';
import { MemoryBus } from '../../src/kernel/memory-bus.ts';
import { GatewayError } from '../../src/kernel/errors.ts';
import { IdSource } from '../../src/kernel/ids.ts';
import { limits } from '../../src/kernel/limits.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { testSeal } from './test-seal.ts';
import { tenantId, type Principal, type TenantId } from '../../src/kernel/principal.ts';
import type { UsageRecord } from '../../src/metering/usage-fields.ts';
import { SearchService } from '../../src/tool-search/search-service.ts';
import { ToolLearning } from '../../src/tool-search/tool-learning.ts';
import { ViewIndexes } from '../../src/tool-search/view-indexes.ts';
import type { Upstream, UpstreamChange } from '../../src/upstream/contract.ts';
import { ControlPlane } from './control-plane.ts';
import { memoryBundleStore } from './memory-bundle-store.ts';
import { memorySessionStore } from './memory-session-store.ts';
import { repeatByTimer } from './repeat-by-timer.ts';

/** What the plan of tenant A says of itself; a test changes it as it likes. */
export interface TestedPlan {
  offer: Offer | undefined;
  shownCosts: ShownCosts;
}

/** Doors, spine and catalog over fake upstreams, listening on loopback. */
export interface RunningDoors extends AsyncDisposable {
  readonly timeouts: HttpServer['timeouts'];
  readonly url: string;
  readonly catalog: Catalog;
  readonly bus: Bus;
  /** The tenant that services are added to. */
  readonly tenant: TenantId;
  readonly sessions: ManagedSessions;
  readonly bundles: BundleCatalog;
  readonly policies: PolicyBook;
  readonly plan: TestedPlan;
  readonly gateway: Gateway;
  readonly viewOf: RoutingTables['viewOf'];
  /** The control plane that is served beside the doors. */
  readonly plane: ControlPlane;
  /** Lets in whom a key stands for: the keys of `testKeys`, and those of `callers`. */
  admit(token: string | undefined): Principal;
  /** Further callers that are let in, by key. */
  readonly callers: Map<string, TestCaller>;
  /** Usage records in the order they were appended. */
  readonly usage: UsageRecord[];
  /** Asked before each request; tests let it refuse. */
  shed: () => void;
  /** Runs before each record becomes durable; tests make it slow or fail. */
  beforeAppend: () => Promise<void>;
  /** Keys that are let in no more. */
  readonly revoked: Set<string>;
  /** Stops the doors the way a gateway does, giving running calls this long. */
  stop(drainMs: number): Promise<void>;
  /** What an upstream reports of itself, where it is opened outside of the catalog. */
  report(slug: string, change: UpstreamChange): void;
  add(slug: string, upstream: Upstream, more?: Pick<Service, 'config'>): Promise<void>;
}

/** Tests do not wait as long as users would. */
const TASK_AFTER_MS = 40;

/** The keys that are let in, by tenant; the first letter says which. */
export const testKeys = { a: 'key-of-a', a2: 'second-key-of-a', b: 'key-of-b' } as const;

function callerBy(token: string | undefined): TestCaller | undefined {
  const name = Object.entries(testKeys).find(([, key]) => key === token)?.[0];
  if (name === undefined) return undefined;
  return { tenant: `ten_${name[0] ?? ''}`, user: `usr_${name}`, grant: `key_${name}` };
}

interface Spine {
  readonly bus: Bus;
  readonly ids: IdSource;
  readonly upstreams: Map<string, Upstream>;
  readonly reports: Map<string, (change: UpstreamChange) => void>;
  readonly catalog: Catalog;
  readonly bundles: BundleCatalog;
  readonly policies: PolicyBook;
  readonly plan: TestedPlan;
  readonly tables: RoutingTables;
}

const sealRing = [{ id: 'k1', secret: Buffer.alloc(32, 1) }];

const noServices: ServiceStore = {
  list: () => Promise.resolve([]),
  get: () => Promise.resolve(undefined),
  insert: () => Promise.resolve(),
  update: () => Promise.resolve(undefined),
  delete: () => Promise.resolve(true),
};

function startSpine(): Spine {
  const bus = new MemoryBus();
  const ids = new IdSource();
  const upstreams = new Map<string, Upstream>();
  const reports = new Map<string, (change: UpstreamChange) => void>();
  const catalog = new Catalog({
    services: noServices,
    aliases: { list: () => Promise.resolve([]), insert: () => Promise.resolve() },
    bus,
    log: silentLog,
    open: ({ slug }, _signal, changed) => {
      reports.set(slug, changed);
      return Promise.resolve(upstreams.get(slug) as Upstream);
    },
  });
  const bundles = new BundleCatalog({
    store: memoryBundleStore(),
    bus,
    ids,
    snapshotOf: (tenant) => catalog.snapshot(tenant),
  });
  const policies = new PolicyBook({ store: memoryPolicyStore(), bus, now: Date.now });
  const plan: TestedPlan = { offer: undefined, shownCosts: { of: () => undefined } };
  const views = new CallerViews({
    book: policies,
    snapshotOf: (tenant) => catalog.snapshot(tenant),
    offerOf: (tenant) => (tenant === 'ten_a' ? plan.offer : undefined),
  });
  const viewOf: RoutingTables['viewOf'] = (principal) => views.viewOf(principal);
  const tables: RoutingTables = {
    viewOf,
    restrictionOf: (principal) => views.restrictionOf(principal),
    bundleViewOf: (principal, slug) => bundles.snapshot(principal.tenant, slug, viewOf(principal)),
  };
  return { bus, ids, upstreams, reports, catalog, bundles, policies, plan, tables };
}

/** Shows the services that were added; it keeps nothing. */
function registryOver({ catalog, ids, tables }: Spine): CatalogRegistry {
  return new CatalogRegistry({
    catalog,
    services: noServices,
    secrets: {
      names: () => Promise.resolve([]),
      get: () => Promise.resolve(undefined),
      put: () => Promise.resolve(),
    },
    connectors: new Map(),
    operatorTenant: tenantId('ten_a'),
    seal: testSeal(),
    ids,
    viewOf: tables.viewOf,
  });
}

function planeOver(
  spine: Spine,
  { admit, originGuard, sessions, basePath }: Omit<DoorsContext, 'gateway' | 'log' | 'ids'>,
): ControlPlane {
  const { bundles, tables } = spine;
  return new ControlPlane(
    { admit, originGuard, registry: registryOver(spine) },
    doorRoutes({ sessions, bundles, viewOf: tables.viewOf, basePath }),
  );
}

function gatewayOver(
  { tables, bus, ids, policies, plan }: Spine,
  running: () => RunningDoors,
): Gateway {
  return createGateway({
    ...tables,
    finder: new SearchService({
      log: silentLog,
      indexes: new ViewIndexes(),
      learning: new ToolLearning({
        store: {
          uses: () => Promise.resolve([]),
          add: () => Promise.resolve(),
          setting: () => Promise.resolve({ learns: false, version: 0 }),
        },
        isOn: false,
        log: silentLog,
        now: Date.now,
      }),
    }),
    limiter: new Limiter({
      common: {},
      boundsOf: (tenant) => policies.settings(tenant).bounds,
      now: () => performance.now(),
    }),
    shedder: { check: () => running().shed() },
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
    sealRing,
    filters: [],
    observers: [],
    shownCosts: {
      of: (tenant) => plan.shownCosts.of(tenant),
      balanceOf: (permitted) => plan.shownCosts.balanceOf?.(permitted),
    },
    log: silentLog,
    taskTimes: { afterMs: TASK_AFTER_MS },
  });
}

function admitBy(doors: () => RunningDoors): RunningDoors['admit'] {
  return (token) => {
    const { callers, revoked } = doors();
    const caller = callers.get(token ?? '') ?? callerBy(token);
    if (caller === undefined || revoked.has(token ?? '')) {
      throw new GatewayError('unauthenticated');
    }
    return testPrincipal(caller);
  };
}

type FrontSettings = Partial<EdgeSettings> & { readonly tls?: TlsListener };

function guardOf({ allowedOrigins = [] }: FrontSettings): OriginGuard {
  return createOriginGuard({ allowedHosts: [], allowedOrigins });
}

function frontOf(settings: FrontSettings, originGuard: OriginGuard) {
  const { tls, trustedProxies = [], allowedOrigins = [] } = settings;
  const edge = createEdge({ trustedProxies, allowedOrigins, originGuard });
  return tls === undefined ? { edge } : { edge, tls };
}

function listenerOf({ api }: ControlPlane) {
  return getRequestListener(api.fetch, { overrideGlobalObjects: false });
}

/** Starts doors over no services; `add` puts services of tenant A in. */
export async function startDoors(
  change: Partial<DoorsContext> = {},
  front: FrontSettings = {},
): Promise<RunningDoors> {
  const spine = startSpine();
  const { bus, ids, upstreams, catalog, bundles, tables, policies, plan } = spine;
  const admit = admitBy(() => running);
  const gateway = gatewayOver(spine, () => running);
  const [originGuard, baseUrlOf] = [guardOf(front), createBaseUrl(undefined)];
  const sessions = new ManagedSessions({
    store: memorySessionStore(),
    hasService: (principal, slug) => tables.viewOf(principal).bySlug.has(slug),
  });
  // As the gateway's jobs do.
  const sweeping = repeatByTimer(limits.managedSessionSweepMs, () => sessions.sweep());
  const doors = createDoors({
    gateway,
    admit,
    originGuard,
    sessions,
    baseUrlOf,
    log: silentLog,
    ids,
    basePath: '',
    ...change,
  });
  const context = { admit, originGuard, sessions, basePath: change.basePath ?? '', baseUrlOf };
  const plane = planeOver(spine, context);
  const server = new HttpServer(doors, listenerOf(plane), frontOf(front, originGuard));
  const running: RunningDoors = {
    timeouts: server.timeouts,
    url: await server.listen('127.0.0.1', 0),
    catalog,
    bus,
    tenant: tenantId('ten_a'),
    usage: [],
    sessions,
    bundles,
    policies,
    plan,
    gateway,
    viewOf: tables.viewOf,
    plane,
    admit,
    callers: new Map(),
    shed: () => {},
    beforeAppend: () => Promise.resolve(),
    revoked: new Set(),
    report: (slug, change) => spine.reports.get(slug)?.(change),
    add: async (slug, upstream, more = { config: {} }) => {
      upstreams.set(slug, upstream);
      const live = catalog.prepare({ ...serviceOf(slug, ids), ...more });
      await live.start();
      await catalog.put(live);
    },
    stop: async (drainMs) => {
      gateway.endListenStreams();
      await server.drain(drainMs);
      gateway.endTasks();
    },
    async [Symbol.asyncDispose]() {
      await running.stop(100);
      doors[Symbol.dispose]();
      sweeping[Symbol.dispose]();
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
    version: 1,
  };
}
