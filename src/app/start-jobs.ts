import { adoptChatRuns } from '../jobs/adopt-chat-runs.ts';
import { exportCharges } from '../jobs/billing/export-charges.ts';
import { makeInvoices } from '../jobs/billing/make-invoices.ts';
import { rateUsage } from '../jobs/billing/rate-usage.ts';
import { rebuildRollups } from '../jobs/billing/rebuild-rollups.ts';
import { reconcileBilling } from '../jobs/billing/reconcile-billing.ts';
import { sweepPools } from '../jobs/billing/sweep-pools.ts';
import { turnPeriods } from '../jobs/billing/turn-periods.ts';
import { watchSpend } from '../jobs/billing/watch-spend.ts';
import { createTaskSweep } from '../gateway/tasks/task-sweep.ts';
import { expireToolUses } from '../jobs/expire-tool-uses.ts';
import { expireApprovals } from '../jobs/expire-approvals.ts';
import { expireSignIns } from '../jobs/expire-sign-ins.ts';
import { deliverWebhooks, sweepWebhooks } from '../jobs/deliver-webhooks.ts';
import { sweepOAuth } from '../jobs/sweep-oauth.ts';
import { expireSessions } from '../jobs/expire-sessions.ts';
import type { LeasedJob } from '../jobs/job.ts';
import { keepRetention } from '../jobs/keep-retention.ts';
import { VersionWatch } from '../jobs/version-watch.ts';
import type { SharedDomain } from '../kernel/bus.ts';
import { parseExact } from '../kernel/exact.ts';
import { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import { tenantId } from '../kernel/principal.ts';
import type { GatewayApp } from './parts/gateway-app.ts';
import { sellerOf } from './config/seller-of.ts';

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
  const { jobs, sessions, storage, bus, keyUses, audit } = app;
  jobs.startLocal({
    name: 'sessions.sweep',
    everyMs: limits.managedSessionSweepMs,
    runMs: limits.jobRunMs,
    run: () => sessions.sweep(),
  });
  jobs.startLocal({
    name: 'keys.note-use',
    everyMs: limits.keyUseNoteMs,
    runMs: limits.jobRunMs,
    run: () => keyUses.write(),
  });
  jobs.startLocal({
    name: 'audit.flush',
    everyMs: limits.auditFlushMs,
    runMs: limits.jobRunMs,
    run: () => audit.flush(),
  });
  jobs.startLocal({
    name: 'tool-uses.write',
    everyMs: limits.toolUseWriteMs,
    runMs: limits.jobRunMs,
    run: () => app.finder.writeUses(),
  });
  jobs.startLeased(expireToolUses(storage.toolUses, Date.now));
  jobs.startLeased(adoptChatRuns((signal) => app.chat.adopt(signal)));
  jobs.startLeased(expireSessions(storage.sessions, Date.now));
  jobs.startLeased(expireApprovals(storage.approvals, Date.now));
  jobs.startLeased(closeTasks(app));
  jobs.startLeased(letGo(app));
  jobs.startLeased(expireSignIns(storage.attempts, Date.now));
  jobs.startLeased(rotateSigningKey(app));
  jobs.startLeased(sweepOAuth(storage.oauthClients, Date.now));
  startBilling(app);
  startSpending(app);
  startWebhooks(app);
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

/** Records are rated soon after they came, whichever instance drained them. */
function startBilling({ jobs, storage, bus, log, config, exportRunner }: GatewayApp): void {
  const { charges, reconciliations, invoices } = storage;
  const rating = jobs.startLeased(rateUsage(charges, Date.now, log));
  bus.on('usage.drained', () => rating.wake(limits.billingRateHintMs));
  jobs.startLeased(turnPeriods(charges, Date.now, log));
  jobs.startLeased(exportCharges((fence, signal) => exportRunner.look(fence, signal)));
  const invoicing = { charges, invoices, seller: sellerOf(config), now: Date.now, log };
  jobs.startLeased(makeInvoices(invoicing));
  jobs.startLeased(reconcileBilling({ store: reconciliations, now: Date.now, log }));
  jobs.startLeased(rebuildRollups(storage.rollups, log));
}

/** What is on its way is looked for again whenever a try has ended. */
function startWebhooks({ jobs, storage, deliverer, config, log }: GatewayApp): void {
  const delivering = jobs.startLeased(
    deliverWebhooks((fence, signal) => deliverer.look(fence, signal)),
  );
  deliverer.onRoom = () => delivering.wake(0);
  jobs.startLeased(sweepWebhooks(storage.webhooks, Date.now));
  const { unusualSpendPercent, unusualSpendMinimum } = config.webhooks;
  jobs.startLeased(
    watchSpend({
      costs: storage.costs,
      webhooks: storage.webhooks,
      tenants: () => storage.charges.subscribedTenants(),
      terms: { percent: BigInt(unusualSpendPercent), minimum: parseExact(unusualSpendMinimum) },
      now: Date.now,
      log,
    }),
  );
}

/** Borrowed credit and budgets come back: when they are not used, and when their owner died. */
function startSpending(app: GatewayApp): void {
  const { jobs, leaseBook, storage, usageLog, nodeId, runId, config } = app;
  jobs.startLocal({
    name: 'billing.give-back',
    everyMs: limits.poolGiveBackMs,
    runMs: limits.jobRunMs,
    run: () => leaseBook.giveBackIdle(),
  });
  const abandoning = jobs.startLocal({
    name: 'billing.abandon',
    everyMs: limits.poolSweepMs,
    repeats: false,
    runMs: limits.jobRunMs,
    run: async () => {
      // Nothing was ever borrowed: then records may take their time.
      if (!(await storage.pools.exist())) return;
      // Only when what an earlier life recorded is in the database its leases can be given up.
      await usageLog.drain();
      await storage.pools.abandon(nodeId, runId);
    },
  });
  abandoning.wake();
  jobs.startLeased(sweepPools(storage.pools, Date.now, config.billing.leaseGraceMs));
}

function letGo({ storage, nodeId }: GatewayApp): LeasedJob {
  return keepRetention({
    store: storage.retention,
    captures: storage.captures,
    conversations: storage.chats.conversations,
    tenants: async () => (await storage.tenants.list()).map(({ id }) => id),
    nodeId,
    ids: new IdSource(),
    now: Date.now,
  });
}

/** A record's id follows from its task's, so closing one twice does no harm and needs no fence. */
function closeTasks({ storage, catalog, gateway, nodeId }: GatewayApp): LeasedJob {
  const { tasks, closings } = gateway;
  const sweep = createTaskSweep({
    usage: storage.usage,
    tenants: async () => (await storage.tenants.list()).map(({ id }) => id),
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

/** Of instances that do so at once the database lets one; see `SigningKeyStore.replace`. */
function rotateSigningKey({ authentication, log }: GatewayApp): LeasedJob {
  return {
    name: 'signing-keys.rotate',
    everyMs: limits.signingKeysLookMs,
    runMs: limits.jobRunMs,
    run: async () => {
      if (await authentication.signingKeys.rotate('due')) {
        log.info({}, 'a new key signs access tokens');
      }
    },
  };
}

async function readAgain(app: GatewayApp, domain: SharedDomain, name: string): Promise<void> {
  const { catalog, bundles, sessions, admission, policies, guardRules, credentials } = app;
  const { planBook, captureDesk } = app;
  const tenant = tenantId(name);
  const read: Readonly<Record<SharedDomain, () => Promise<void> | void>> = {
    services: () => catalog.reload(tenant),
    bundles: () => bundles.load(tenant),
    sessions: () => sessions.reload(tenant),
    policy: () => policies.load(tenant),
    guardrails: () => guardRules.load(tenant),
    keys: () => admission.forgetTenant(tenant),
    connections: () => credentials.reload(tenant),
    plans: () => planBook.load(tenant),
    budgets: () => app.budgetBook.load(tenant),
    captures: () => captureDesk.load(tenant),
    models: () => app.models.forget(tenant),
    'tool-uses': () => app.finder.usesChanged(tenant),
  };
  await read[domain]();
}
