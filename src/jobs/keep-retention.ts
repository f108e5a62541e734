import { cutActions, type AuditEvent, type RetentionStore } from '../audit/store.ts';
import type { ConversationStore } from '../chat/store.ts';
import type { CaptureStore } from '../gateway/captures/store.ts';
import type { Fence } from '../kernel/fence.ts';
import type { IdSource } from '../kernel/ids.ts';
import { limits } from '../kernel/limits.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { LeasedJob } from './job.ts';

const DAY_MS = 86_400_000;

/** What letting go of old rows needs. */
export interface RetentionOptions {
  readonly store: RetentionStore;
  readonly captures: Pick<CaptureStore, 'deleteExpired'>;
  readonly conversations: Pick<ConversationStore, 'deleteOlder'>;
  readonly tenants: () => Promise<readonly TenantId[]>;
  readonly nodeId: string;
  readonly ids: IdSource;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Lets go of what is older than its tenant keeps it: first the records, then what sealed them. */
export function keepRetention(options: RetentionOptions): LeasedJob {
  const { store, tenants } = options;
  return {
    name: 'retention.keep',
    everyMs: limits.retentionLookMs,
    runMs: limits.jobRunMs,
    run: async (fence, signal) => {
      while (!signal.aborted && (await options.captures.deleteExpired(options.now(), fence)));
      for (const tenant of await tenants()) {
        await cutTenant(options, tenant, fence, signal);
        // What an earlier run left behind the cuts goes too.
        while (!signal.aborted && (await store.sweep(tenant, fence)));
        if (signal.aborted) return;
      }
    },
  };
}

async function cutTenant(
  options: RetentionOptions,
  tenant: TenantId,
  fence: Fence,
  signal: AbortSignal,
): Promise<void> {
  const { store, now } = options;
  const { usageDays, auditDays, chatDays } = await store.settings(tenant);
  if (chatDays !== null) {
    const oldMs = now() - chatDays * DAY_MS;
    const { conversations } = options;
    while (!signal.aborted && (await conversations.deleteOlder(tenant, oldMs, fence)));
  }
  const cuts = [
    { days: usageDays, action: cutActions.usage, cut: store.cutUsage },
    { days: auditDays, action: cutActions.audit, cut: store.cutAudit },
  ];
  for (const { days, action, cut } of cuts) {
    if (days === null) continue;
    const beforeMs = now() - days * DAY_MS;
    const request = () => ({ beforeMs, event: eventOf(options, tenant, action, days), fence });
    while (!signal.aborted && (await cut(tenant, request())));
  }
}

function eventOf(
  { ids, nodeId, now }: RetentionOptions,
  tenant: TenantId,
  action: string,
  days: number,
): AuditEvent {
  return {
    id: ids.next('aud'),
    tenant,
    atMs: now(),
    nodeId,
    kind: 'control',
    action,
    outcome: 'ok',
    subject: 'system:retention',
    actor: null,
    grantId: null,
    credentialId: null,
    target: null,
    rule: `${days} days`,
    detail: {},
  };
}
