import type { FirstAdmin } from '../identity/ensure-first-admin.ts';
import type { Log } from '../kernel/log.ts';
import type { Principal } from '../kernel/principal.ts';
import { compilePermissions, holding } from '../policy/compile-permissions.ts';
import { build, type BuildOptions } from './build.ts';
import type { Config } from './config/config-schema.ts';
import { startJobs, watchVersions } from './start-jobs.ts';
import type { GatewayApp } from './parts/gateway-app.ts';
import { stop } from './stop.ts';

/** A gateway that works and does not listen. */
export interface StartedApp {
  readonly app: GatewayApp;
  /** Resolves when every service has been tried once. */
  readonly ready: Promise<void>;
}

/**
 * Builds a gateway and starts its services. Throws GatewayError with one clear sentence; only the
 * data folder is left behind then. On the first start `showFirstAdmin` gets the credentials, which
 * are kept nowhere, as soon as they exist: a start that fails later must not lose them.
 */
export async function startApp(
  config: Config,
  log: Log,
  showFirstAdmin: (admin: FirstAdmin) => void,
  options: BuildOptions = {},
): Promise<StartedApp> {
  const app = await build(config, log, options);
  if (app.firstAdmin !== undefined) showFirstAdmin(app.firstAdmin);
  try {
    await declareServices(app);
    if (config.billing.demoPlan) await startDemoPlan(app);
    const watch = app.bus.isShared ? await watchVersions(app) : undefined;
    const started = await loadServices(app);
    startJobs(app, watch);
    const ready = Promise.all(started).then(() => {
      if (app.phase.current === 'starting') app.phase.current = 'ready';
    });
    return { app, ready };
  } catch (error) {
    await stop(app);
    throw error;
  }
}

/** Services of the configuration belong to the first tenant. */
async function declareServices({ config, storage, registry, log }: GatewayApp): Promise<void> {
  if (config.services.length === 0) return;
  const [tenant] = await storage.tenants.list();
  if (tenant === undefined) return;
  const operator: Principal = {
    tenant: tenant.id,
    subject: { kind: 'system', id: 'operator' },
    grantId: 'configuration',
    credentialId: 'configuration',
    permissions: compilePermissions(holding('owner')),
  };
  for (const { config: own, ...declared } of config.services) {
    const { slug, kind, title = slug } = declared;
    await registry.declare(operator, { ...declared, title, config: own });
    log.debug({ slug, kind }, 'a service of the configuration is registered');
  }
}

/** Loaded now: hardly anybody wants it. */
async function startDemoPlan({ storage, log }: GatewayApp): Promise<void> {
  const { ensureDemoPlan } = await import('./parts/ensure-demo-plan.ts');
  if (await ensureDemoPlan(storage, Date.now)) log.info({}, 'the first tenant is on the demo plan');
}

async function loadServices(app: GatewayApp): Promise<readonly Promise<void>[]> {
  const { storage, catalog } = app;
  const kept = [
    app.guardRules,
    app.policies,
    app.bundles,
    app.captureDesk,
    app.planBook,
    app.budgetBook,
  ];
  const tenants = await storage.tenants.list();
  // Without its rules a tenant would be served without its guardrails.
  await Promise.all(tenants.map(({ id }) => Promise.all(kept.map((one) => one.load(id)))));
  const started = await Promise.all(tenants.map(({ id }) => catalog.load(id)));
  return started.flat();
}
