import { HttpEgress } from '../egress/http-egress.ts';
import { createGateway } from '../gateway/gateway.ts';
import { createAuthenticator } from '../identity/create-authenticator.ts';
import { ensureFirstAdmin } from '../identity/ensure-first-admin.ts';
import { admitLocalCaller } from '../identity/local-caller.ts';
import { signingSecret } from '../identity/signing-secret.ts';
import { Bus } from '../kernel/bus.ts';
import { IdSource } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { SealKey } from '../kernel/seal.ts';
import { openUsageLog } from '../metering/usage-log.ts';
import { openSqliteStorage } from '../storage/sqlite/open-sqlite-storage.ts';
import type { Storage } from '../storage/storage.ts';
import { buildCatalog } from './build-catalog.ts';
import { buildFront } from './build-front.ts';
import type { Config } from './config-schema.ts';
import type { Parts } from './parts.ts';

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
  const offers = buildCatalog({ storage, egress, sealRing, bus, ids, log });
  const { catalog, bundles } = offers;
  const keys = createAuthenticator({ store: storage.identity, keySecret: secret, now: Date.now });
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
  const phase: Parts['phase'] = { current: 'starting' };
  const behind = { config, log, storage, usageLog, gateway, phase, ...offers };
  return {
    ...behind,
    ...buildFront({ ...behind, authenticator, maker }),
    egress,
    firstAdmin,
    localToken: local?.token,
  };
}

/** The hosts that services may be on although their addresses are private. */
export function allowedHosts({ egress }: Config): readonly string[] {
  const loopback = egress.allowLoopback ? ['127.0.0.0/8', '::1', 'localhost'] : [];
  return [...egress.allowHosts, ...loopback];
}
