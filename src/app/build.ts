import { createMailer } from '../egress/create-mailer.ts';
import { HttpEgress } from '../egress/http-egress.ts';
import { createLookupTxt } from '../egress/lookup-txt.ts';
import type { TlsListener } from '../http/listener/server.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { createAuditObserver } from '../gateway/audit-observer.ts';
import { createExchangeLog } from '../gateway/exchange-log.ts';
import type { PlanBook } from '../billing/plan-book.ts';
import { createGateway, type Gateway } from '../gateway/gateway.ts';
import type { Observer } from '../gateway/observer.ts';
import { localPrincipal } from '../identity/local-principal.ts';
import { compilePermissions } from '../policy/compile-permissions.ts';
import { ensureFirstAdmin } from '../identity/ensure-first-admin.ts';
import type { KeyRing } from '../identity/key-ring/key-ring.ts';
import { openKeyRing } from '../identity/key-ring/open-key-ring.ts';
import { JobRunner } from '../jobs/job-runner.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { Bus } from '../kernel/bus.ts';
import { IdSource } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { TenantId } from '../kernel/principal.ts';
import { limits } from '../kernel/limits.ts';
import { openUsageLog } from '../metering/usage-log.ts';
import type { Storage } from '../storage/storage.ts';
import type { Admission } from '../identity/admission/create-admission.ts';
import type { GrantName } from '../identity/store.ts';
import { createTokenCredentials } from '../identity/tokens/token-credentials.ts';
import type { Mailer } from '../kernel/egress.ts';
import { egressOptions } from './egress-options.ts';
import { auditSignIns } from './parts/audit-sign-ins.ts';
import { announceChanges } from './parts/announce-changes.ts';
import { buildAdmission } from './parts/build-admission.ts';
import { buildAuthentication, configuredBaseUrl } from './parts/build-authentication.ts';
import { buildCatalog } from './parts/build-catalog.ts';
import { buildFront } from './parts/build-front.ts';
import { lazyFinder, type LazyFinder } from './parts/lazy-finder.ts';
import { buildOwnService } from './parts/build-own-service.ts';
import { buildSpending, type BuiltSpending } from './parts/billing/build-spending.ts';
import { buildPlanBook } from './parts/billing/build-plan-book.ts';
import { buildBounds } from './parts/build-bounds.ts';
import { buildGuard, buildPins, buildReview } from './parts/build-guard.ts';
import type { Config } from './config/config-schema.ts';
import { nodeId as nodeIdOf } from './node-id.ts';
import { buildOAuth } from './parts/build-oauth.ts';
import { buildModels } from './parts/chat/build-models.ts';
import { buildSso } from './parts/build-sso.ts';
import { buildWebhooks } from './parts/build-webhooks.ts';
import { openBus, type OpenedBus } from './open-bus.ts';
import { openStorage } from './open-storage.ts';
import { openVault } from './parts/open-vault.ts';
import type { ChatParts } from './parts/chat/chat-parts.ts';
import { lazyChat } from './parts/chat/lazy-chat.ts';
import type { GatewayApp } from './parts/gateway-app.ts';
import type { LazyApi } from './parts/lazy-api.ts';

/** What a gateway may be besides what its configuration says. */
export interface BuildOptions {
  /** Lets the process itself call, as `GatewayApp.localCaller`. */
  readonly localCaller?: boolean;
  /** Who works on chats, instead of what the configuration says. */
  readonly chatParts?: () => Promise<ChatParts>;
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
  { localCaller = false, chatParts }: BuildOptions,
): Promise<GatewayApp> {
  const base = await openBase(opened, bus, config, log);
  const { storage, ids, sealRing, maker, baseUrl, egress, audit } = base;
  const operatorTenant = await operatorOf(storage);
  const pins = buildPins({ storage, log });
  const publicUrl = (): string => baseUrl.current;
  const controlPlane: { load?: LazyApi['load'] } = {};
  const finder = lazyFinder(base);
  const own = await buildOwnService(config, log, publicUrl, controlPlane);
  const planBook = buildPlanBook(storage, bus, log);
  const built = buildCatalog({ ...base, publicUrl, pins, own, operatorTenant, planBook });
  const guard = buildGuard({ ...base, storage });
  const definitions = buildReview(pins, built);
  const revoked = (grant: GrantName): void => endGrant(admission, bus, grant);
  const inside = { storage, sealRing, baseUrl, revoked, mailer: mailerOf(config), ids, log };
  const authentication = auditSignIns(buildAuthentication(inside), { audit, log });
  const oauth = buildOAuth({ config, authentication, egress, ...inside });
  const sso = buildSso({
    authentication,
    egress,
    lookupTxt: createLookupTxt(),
    now: Date.now,
    ...inside,
  });
  const { accessTokens, findHolder } = authentication;
  // Tokens of others are told by who they say they are from; whatever else is a token is ours.
  const kinds = [...oauth.kinds, createTokenCredentials(accessTokens, findHolder)];
  const { admission, keyUses } = buildAdmission({ storage, bus, sealRing, kinds });
  const bounds = buildBounds(config, built.policies);
  const spent = buildSpending({ ...base, planBook }, config.billing);
  const plane = { ...base, ...built, ...bounds, ...spent, own, finder, guard, planBook };
  const gateway = buildDataPlane(plane, config);
  const phase: GatewayApp['phase'] = { current: 'starting' };
  const people = { authentication, oauth, sso };
  const inner = { own, finder, planBook, ...people, ...built, ...guard, definitions };
  const models = await buildModels({ ...base, operatorTenant });
  const standing = { ...base, ...inner, models, ...spent, ...buildWebhooks(base), gateway, phase };
  const all = { ...standing, chat: lazyChat(standing, chatParts) };
  const { load, ...front } = buildFront(
    { ...all, admission, maker },
    await tlsListener(config, log),
  );
  controlPlane.load = load;
  return {
    ...all,
    ...front,
    admission,
    keyUses,
    admit: admission.admit,
    shedder: bounds.shedder,
    localCaller: localCaller
      ? await localPrincipal(storage.tenants, storage.members, (standing) =>
          compilePermissions(standing),
        )
      : undefined,
  };
}

/** What the data plane is made from. */
type DataPlaneParts = Awaited<ReturnType<typeof openBase>> &
  BuiltSpending &
  ReturnType<typeof buildCatalog> &
  ReturnType<typeof buildBounds> & {
    readonly own: Awaited<ReturnType<typeof buildOwnService>>;
    readonly finder: LazyFinder;
    readonly guard: ReturnType<typeof buildGuard>;
    readonly planBook: PlanBook;
  };

/** Builds the data plane: what stands around it, and what it tells of. */
function buildDataPlane(parts: DataPlaneParts, config: Config): Gateway {
  const { guard, planBook, audit, log, credentials, usageLog, spending } = parts;
  const { callerCredentials, userConnections } = credentials;
  return createGateway({
    ...parts,
    callerCredentials,
    userConnections,
    filters: guard.filters,
    approvals: { rules: guard.guardRules, desk: guard.approvals },
    isGuarded: (tenant, slug, tool) =>
      guard.guardRules.of(tenant).results.some((one) => one.concerns(slug, tool)),
    askedFactsOf: (tenant) => planBook.of(tenant)?.asked,
    shownCosts: {
      of: (tenant) => planBook.of(tenant)?.shownCost,
      balanceOf: ({ principal }) => spending.balanceOf(principal.tenant),
    },
    parts: { usageLog, everyMs: config.metering.heartbeatSeconds * 1000 },
    announcing: { usageLog, isForAll: config.metering.durability === 'strict' },
    observers: [createAuditObserver(audit), ...observersFor(config, log)],
  });
}

/** The tenant whose people look after the gateway: the first one. */
async function operatorOf({ tenants }: Storage): Promise<TenantId> {
  const [operator] = await tenants.list();
  if (operator === undefined) throw new GatewayError('internal');
  return operator.id;
}

/** Opens what every part stands on: the stores, the keys, the logs, the way out. */
async function openBase(opened: Storage, bus: OpenedBus, config: Config, log: Log) {
  const { directory } = config.data;
  const ids = new IdSource();
  const sealRing = await openRing(config, opened);
  const [{ secret }] = sealRing;
  const maker = { keySecret: secret, env: config.server.environment, ids, now: Date.now };
  const nodeId = await nodeIdOf(config.node.id, directory, ids);
  const storage = announceChanges(opened, bus);
  const jobs = new JobRunner({ leases: storage.leases, nodeId, isShared: bus.isShared, log });
  return {
    config,
    log,
    bus,
    ids,
    sealRing,
    maker,
    nodeId,
    storage,
    jobs,
    audit: new AuditLog({ store: storage.audit, nodeId, ids, log, now: Date.now }),
    firstAdmin: await ensureFirstAdmin({ ...maker, tenants: storage.tenants }),
    usageLog: await openUsage(config, storage, jobs, log),
    egress: new HttpEgress(egressOptions(config)),
    vault: await openVault(opened, sealRing, config.vault.keys),
    baseUrl: { current: configuredBaseUrl(config) },
  };
}

/** A gateway on a plain port has no use for the code of TLS. */
async function tlsListener(
  { server: { tls } }: Config,
  log: Log,
): Promise<TlsListener | undefined> {
  if (tls === undefined) return undefined;
  const { openTls } = await import('../http/listener/tls/open-tls.ts');
  return openTls(tls, log);
}

function openRing({ keys, data }: Config, { ringKeys, tenants }: Storage): Promise<KeyRing> {
  return openKeyRing({
    source: keys,
    directory: data.directory,
    store: ringKeys,
    isInUse: async () => (await tenants.list()).length > 0,
    now: Date.now,
  });
}

function openUsage(
  { data, metering }: Config,
  { usage }: Storage,
  jobs: JobRunner,
  log: Log,
): ReturnType<typeof openUsageLog> {
  return openUsageLog({
    directory: `${data.directory}/usage`,
    store: usage,
    durability: metering.durability,
    startDrain: (run) => jobs.startLocal({ ...drainTiming, run }),
    log,
  });
}

/** What the grant has opened ends, here and on the other instances. */
function endGrant(admission: Admission, bus: Bus, { tenant, id: grantId }: GrantName): void {
  admission.forget(grantId);
  bus.emit('grant.revoked', { tenant, grantId });
  bus.emit('domain.changed', { domain: 'keys', tenant });
}

function mailerOf({ mail: { url, from, ...settings } }: Config): Mailer | undefined {
  return url === undefined || from === undefined
    ? undefined
    : createMailer({ ...settings, url, from });
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
