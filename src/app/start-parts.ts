import type { FirstAdmin } from '../identity/ensure-first-admin.ts';
import type { Log } from '../kernel/log.ts';
import type { Principal } from '../kernel/principal.ts';
import { build, type BuildOptions } from './build.ts';
import type { Config } from './config-schema.ts';
import type { Parts } from './parts.ts';
import { stop } from './stop.ts';

/** A gateway that works and does not listen. */
export interface StartedParts {
  readonly parts: Parts;
  /** Resolves when every service has been tried once. */
  readonly ready: Promise<void>;
}

/**
 * Builds a gateway and starts its services. Throws GatewayError with one clear sentence; only the
 * data folder is left behind then. On the first start `showFirstAdmin` gets the credentials, which
 * are kept nowhere, as soon as they exist: a start that fails later must not lose them.
 */
export async function startParts(
  config: Config,
  log: Log,
  showFirstAdmin: (admin: FirstAdmin) => void,
  options: BuildOptions = {},
): Promise<StartedParts> {
  const parts = await build(config, log, options);
  if (parts.firstAdmin !== undefined) showFirstAdmin(parts.firstAdmin);
  try {
    await declareServices(parts);
    const started = await loadServices(parts);
    const ready = Promise.all(started).then(() => {
      if (parts.phase.current === 'starting') parts.phase.current = 'ready';
    });
    return { parts, ready };
  } catch (error) {
    await stop(parts);
    throw error;
  }
}

/** Services of the configuration belong to the first tenant. */
async function declareServices({ config, storage, registry, log }: Parts): Promise<void> {
  if (config.services.length === 0) return;
  const [tenant] = await storage.identity.tenants();
  if (tenant === undefined) return;
  const operator: Principal = {
    tenant: tenant.id,
    userId: 'operator',
    credentialId: 'configuration',
    role: 'admin',
  };
  for (const { slug, kind, title, config: own, secrets } of config.services) {
    await registry.declare(operator, { slug, kind, title: title ?? slug, config: own, secrets });
    log.debug({ slug, kind }, 'a service of the configuration is registered');
  }
}

async function loadServices(parts: Parts): Promise<readonly Promise<void>[]> {
  const { storage, catalog, bundles } = parts;
  const tenants = await storage.identity.tenants();
  await Promise.all(tenants.map(({ id }) => bundles.load(id)));
  const started = await Promise.all(tenants.map(({ id }) => catalog.load(id)));
  return started.flat();
}
