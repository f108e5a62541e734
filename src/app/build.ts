import { HttpEgress } from '../egress/http-egress.ts';
import { createExchangeLog } from '../gateway/exchange-log.ts';
import { createGateway } from '../gateway/gateway.ts';
import type { Observer } from '../gateway/observer.ts';
import { createAdmission } from '../identity/create-admission.ts';
import { localPrincipal } from '../identity/local-principal.ts';
import { compilePermissions } from '../policy/compile-permissions.ts';
import { ensureFirstAdmin } from '../identity/ensure-first-admin.ts';
import { openKeyRing } from '../identity/key-ring/open-key-ring.ts';
import { JobRunner } from '../jobs/job-runner.ts';
import { IdSource } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { limits } from '../kernel/limits.ts';
import { openUsageLog } from '../metering/usage-log.ts';
import type { Storage } from '../storage/storage.ts';
import { announceChanges } from './announce-changes.ts';
import { buildCatalog } from './build-catalog.ts';
import { buildFront } from './build-front.ts';
import type { Config } from './config/config-schema.ts';
import { nodeId as nodeIdOf } from './node-id.ts';
import { openBus, type OpenedBus } from './open-bus.ts';
import { openStorage } from './open-storage.ts';
import type { GatewayApp } from './gateway-app.ts';

/** What a gateway may be besides what its configuration says. */
export interface BuildOptions {
  /** Lets the process itself call, as `GatewayApp.localCaller`. */
  readonly localCaller?: boolean;
}

/** Builds a gateway from its configuration. Throws GatewayError with one clear sentence. */
export async function build(
  config: Config,
  log: Log,
  options: BuildOptions = {},
): Promise<GatewayApp> {
  await using opened = new AsyncDisposableStack();
  const storage = await openStorage(config, log);
  opened.defer(() => storage.close());
  const bus = opened.use(await openBus(config, log));
  const app = await buildOn(storage, bus, config, log, options);
  // From here on `stop` closes them.
  opened.move();
  return app;
}

async function buildOn(
  opened: Storage,
  bus: OpenedBus,
  config: Config,
  log: Log,
  { localCaller = false }: BuildOptions,
): Promise<GatewayApp> {
  const { directory } = config.data;
  const ids = new IdSource();
  const sealRing = await openKeyRing({
    source: config.keys,
    directory,
    store: opened.ringKeys,
    isInUse: async () => (await opened.identity.tenants()).length > 0,
    now: Date.now,
  });
  const [{ secret }, ...others] = sealRing;
  const maker = { keySecret: secret, ids, now: Date.now };
  const nodeId = await nodeIdOf(config.node.id, directory, ids);
  const storage = announceChanges(opened, bus);
  const jobs = new JobRunner({ leases: storage.leases, nodeId, isShared: bus.isShared, log });
  const firstAdmin = await ensureFirstAdmin({ ...maker, store: storage.identity });
  const usageLog = await openUsageLog({
    directory: `${directory}/usage`,
    store: storage.usage,
    durability: config.metering.durability,
    startDrain: (run) => jobs.startLocal({ ...drainTiming, run }),
    log,
  });
  const egress = new HttpEgress({ policy: { allowHosts: allowedHosts(config) } });
  const built = buildCatalog({ storage, egress, sealRing, bus, ids, jobs, log });
  const admission = createAdmission({
    store: storage.identity,
    keySecret: secret,
    otherKeySecrets: others.map((key) => key.secret),
    permissionsOf: ({ key, role }) => compilePermissions(role, key),
    now: Date.now,
  });
  const gateway = createGateway({
    ...built,
    usageLog,
    bus,
    ids,
    nodeId,
    log,
    sealRing,
    filters: [],
    observers: observersFor(config, log),
  });
  const phase: GatewayApp['phase'] = { current: 'starting' };
  const behind = { config, log, storage, bus, jobs, nodeId, usageLog, gateway, phase, ...built };
  return {
    ...behind,
    ...buildFront({ ...behind, admission, maker }),
    admission,
    admit: admission.admit,
    egress,
    firstAdmin,
    localCaller: localCaller
      ? await localPrincipal(storage.identity, (role) => compilePermissions(role))
      : undefined,
  };
}

function observersFor({ log: { level } }: Config, log: Log): readonly Observer[] {
  return level === 'debug' ? [createExchangeLog(log)] : [];
}

const drainTiming = {
  name: 'usage.drain',
  everyMs: limits.usageDrainMs,
  repeats: false,
  // A long backlog takes its time; what was moved stays moved.
  runMs: 10 * limits.jobRunMs,
  retryMs: { min: limits.usageRetryMsMin, max: limits.usageRetryMsMax },
};

/** The hosts that services may be on although their addresses are private. */
export function allowedHosts({ egress }: Config): readonly string[] {
  const loopback = egress.allowLoopback ? ['127.0.0.0/8', '::1', 'localhost'] : [];
  return [...egress.allowHosts, ...loopback];
}
