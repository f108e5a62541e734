import { createTaskSweep } from '../gateway/tasks/task-sweep.ts';
import { expireSessions } from '../jobs/expire-sessions.ts';
import type { LeasedJob } from '../jobs/job.ts';
import { VersionWatch } from '../jobs/version-watch.ts';
import type { SharedDomain } from '../kernel/bus.ts';
import { limits } from '../kernel/limits.ts';
import { tenantId } from '../kernel/principal.ts';
import type { GatewayApp } from './gateway-app.ts';

/** Watches what other instances change; what is in the database at this moment is taken as seen. */
export async function watchVersions(app: GatewayApp): Promise<VersionWatch> {
  const { storage, log } = app;
  const watch = new VersionWatch({
    store: storage.versions,
    changed: (domain, tenant) => readAgain(app, domain, tenant),
    log,
  });
  await watch.begin();
  return watch;
}

/** Starts the work that belongs to nobody's request; `watch` when other instances are possible. */
export function startJobs(app: GatewayApp, watch: VersionWatch | undefined): void {
  const { jobs, sessions, storage, bus } = app;
  jobs.startLocal({
    name: 'sessions.sweep',
    everyMs: limits.managedSessionSweepMs,
    runMs: limits.jobRunMs,
    run: () => sessions.sweep(),
  });
  jobs.startLeased(expireSessions(storage.sessions, Date.now));
  jobs.startLeased(closeTasks(app));
  if (watch === undefined) return;
  const looking = jobs.startLocal({
    name: 'versions.watch',
    everyMs: limits.versionPollMs,
    runMs: limits.jobRunMs,
    retryMs: { min: limits.versionPollMs, max: 4 * limits.versionPollMs },
    run: () => watch.look(),
  });
  bus.on('domain.changed', () => looking.wake());
  bus.on('events.missed', () => looking.wake());
}

/** A record's id follows from its task's, so closing one twice does no harm and needs no fence. */
function closeTasks({ storage, catalog, gateway, nodeId }: GatewayApp): LeasedJob {
  const { tasks, closings } = gateway;
  const sweep = createTaskSweep({
    usage: storage.usage,
    tenants: async () => (await storage.identity.tenants()).map(({ id }) => id),
    service: (tenant, id) => catalog.lives(tenant).find(({ service }) => service.id === id),
    tasks,
    closings,
    nodeId,
    now: Date.now,
  });
  return {
    name: 'tasks.close',
    everyMs: limits.openTaskLookMs,
    runMs: limits.jobRunMs,
    run: () => sweep(),
  };
}

async function readAgain(app: GatewayApp, domain: SharedDomain, name: string): Promise<void> {
  const { catalog, bundles, sessions, admission } = app;
  const tenant = tenantId(name);
  const read: Readonly<Record<SharedDomain, () => Promise<void> | void>> = {
    services: () => catalog.reload(tenant),
    bundles: () => bundles.load(tenant),
    sessions: () => sessions.reload(tenant),
    keys: () => admission.forgetTenant(tenant),
  };
  await read[domain]();
}
