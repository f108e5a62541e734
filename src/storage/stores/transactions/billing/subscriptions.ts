import type { StoredSubscription, SubscriptionEnd } from '../../../../billing/plans/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { toSubscription, type SubscriptionRow } from '../../rows/plan-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import { countRows } from '../identity/count-rows.ts';
import { tellSubscription } from '../webhooks/tell-billing.ts';

/** Subscribes a tenant to a published version. */
export function* insertSubscription({
  tenant,
  subscription,
}: {
  readonly tenant: TenantId;
  readonly subscription: StoredSubscription;
}): Steps<null> {
  const { id, planVersionId, startsAtMs, endsAtMs } = subscription;
  if (endsAtMs !== null && endsAtMs <= startsAtMs) {
    throw new GatewayError('conflict', 'A subscription ends after its start.');
  }
  const known = yield* firstRow(sql`SELECT id FROM tenant WHERE id = ${tenant}`);
  if (known === undefined) throw new GatewayError('not_found', 'There is no such tenant.');
  const counting = sql`SELECT count(*) AS rows FROM subscription WHERE tenant_id = ${tenant}`;
  yield* countRows(counting, limits.subscriptionsPerTenantMax, 'subscriptions');
  yield* checkPublished(planVersionId);
  yield* checkFree(tenant, startsAtMs, endsAtMs);
  yield* change(sql`INSERT INTO subscription (tenant_id, id, plan_version_id, starts_at_ms,
      ends_at_ms, anchor_ms, time_zone, created_at_ms, version, trial_ends_at_ms)
    VALUES (${tenant}, ${id}, ${planVersionId}, ${startsAtMs}, ${endsAtMs},
      ${subscription.anchorMs}, ${subscription.timeZone}, ${subscription.createdAtMs},
      ${subscription.version}, ${subscription.trialEndsAtMs ?? null})`);
  yield* bumpVersion('plans', tenant);
  return yield* tellSubscription(tenant, 'started', subscription);
}

/** Ends a subscription; when another one follows, both changes are made or none. */
export function* endSubscription({
  tenant,
  id,
  end,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly end: SubscriptionEnd;
}): Steps<StoredSubscription | undefined> {
  const row = yield* firstRow<SubscriptionRow>(sql`SELECT * FROM subscription
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (row === undefined) return undefined;
  checkVersion(row.version, end.ifVersion);
  const { atMs, next } = end;
  if (atMs <= row.starts_at_ms || (row.ends_at_ms !== null && atMs > row.ends_at_ms)) {
    const text = 'A subscription ends after its start and not after the end it has already.';
    throw new GatewayError('conflict', text);
  }
  const version = row.version + 1;
  yield* change(sql`UPDATE subscription SET ends_at_ms = ${atMs}, version = ${version}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* bumpVersion('plans', tenant);
  const ended = { ...toSubscription(row), endsAtMs: atMs, version };
  yield* tellSubscription(tenant, 'ended', ended);
  if (next !== undefined) yield* insertSubscription({ tenant, subscription: next });
  return ended;
}

function* checkPublished(id: string): Steps<void> {
  const version = yield* firstRow<{ readonly status: string }>(sql`SELECT status
    FROM plan_version WHERE id = ${id}`);
  if (version === undefined) throw new GatewayError('not_found', 'There is no such plan version.');
  if (version.status !== 'published') {
    throw new GatewayError('conflict', 'Only a published version can be subscribed to.');
  }
}

/** Serializable transactions, and the one thread of SQLite, let no other one in between. */
function* checkFree(tenant: TenantId, startsAtMs: number, endsAtMs: number | null): Steps<void> {
  const until = endsAtMs ?? Number.MAX_SAFE_INTEGER;
  const other = yield* firstRow<{ readonly id: string }>(sql`SELECT id FROM subscription
    WHERE tenant_id = ${tenant} AND starts_at_ms < ${until}
      AND (ends_at_ms IS NULL OR ends_at_ms > ${startsAtMs}) LIMIT 1`);
  if (other === undefined) return;
  const text = `The tenant has the subscription ${other.id} in that time; end it first.`;
  throw new GatewayError('conflict', text);
}
