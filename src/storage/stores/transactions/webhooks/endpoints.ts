import { checkVersion } from '../../../../kernel/check-version.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import {
  WEBHOOK_OWNER,
  type EndpointUpdate,
  type SecretName,
  type SecretRotation,
  type WebhookEndpoint,
} from '../../../../webhooks/store.ts';
import { toEndpoint, type EndpointRow } from '../../rows/webhook-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { countRows } from '../identity/count-rows.ts';
import { putVaultItem } from '../vault-items.ts';

interface Place {
  readonly tenant: TenantId;
  readonly id: string;
}

/** Adds an endpoint with its sealed secret. */
export function* insertWebhookEndpoint({
  tenant,
  endpoint,
  sealed,
}: {
  readonly tenant: TenantId;
  readonly endpoint: WebhookEndpoint;
  readonly sealed: string;
}): Steps<null> {
  const { id, url, description, topics, enabled, createdAtMs, updatedAtMs, version } = endpoint;
  const counting = sql`SELECT count(*) AS rows FROM webhook_endpoint WHERE tenant_id = ${tenant}`;
  yield* countRows(counting, limits.webhookEndpointsPerTenantMax, 'webhook endpoints');
  yield* change(sql`INSERT INTO webhook_endpoint (tenant_id, id, url, description, topics, enabled,
      previous_until_ms, created_at_ms, updated_at_ms, version)
    VALUES (${tenant}, ${id}, ${url}, ${description}, ${JSON.stringify(topics)},
      ${enabled ? 1 : 0}, ${null}, ${createdAtMs}, ${updatedAtMs}, ${version})`);
  return yield* putSecret({ tenant, id }, 'current', sealed);
}

/** Changes an endpoint; what it is then. */
export function* updateWebhookEndpoint({
  tenant,
  id,
  update,
}: Place & { readonly update: EndpointUpdate }): Steps<WebhookEndpoint | undefined> {
  const row = yield* stored({ tenant, id });
  if (row === undefined) return undefined;
  checkVersion(row.version, update.ifVersion);
  const before = toEndpoint(row);
  const { url = before.url, description = before.description } = update;
  const { topics = before.topics, enabled = before.enabled, updatedAtMs } = update;
  const version = before.version + 1;
  yield* change(sql`UPDATE webhook_endpoint SET url = ${url}, description = ${description},
      topics = ${JSON.stringify(topics)}, enabled = ${enabled ? 1 : 0},
      updated_at_ms = ${updatedAtMs}, version = ${version}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  return { ...before, url, description, topics, enabled, updatedAtMs, version };
}

/** Gives an endpoint another secret; the one before signs beside it for a while. */
export function* rotateWebhookSecret({
  tenant,
  id,
  rotation,
}: Place & { readonly rotation: SecretRotation }): Steps<WebhookEndpoint | undefined> {
  const row = yield* stored({ tenant, id });
  if (row === undefined) return undefined;
  checkVersion(row.version, rotation.ifVersion);
  const { sealed, sealedPrevious, previousUntilMs, updatedAtMs } = rotation;
  const version = row.version + 1;
  yield* putSecret({ tenant, id }, 'current', sealed);
  yield* putSecret({ tenant, id }, 'previous', sealedPrevious);
  yield* change(sql`UPDATE webhook_endpoint SET previous_until_ms = ${previousUntilMs},
      updated_at_ms = ${updatedAtMs}, version = ${version}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  return { ...toEndpoint(row), previousUntilMs, updatedAtMs, version };
}

/** Removes an endpoint with its secrets and what is on its way to it; false when there is none. */
export function* removeWebhookEndpoint({
  tenant,
  id,
  ifVersion,
}: Place & { readonly ifVersion: number | undefined }): Steps<boolean> {
  const row = yield* stored({ tenant, id });
  if (row === undefined) return false;
  checkVersion(row.version, ifVersion);
  yield* change(sql`DELETE FROM vault_item WHERE tenant_id = ${tenant}
    AND owner = ${WEBHOOK_OWNER} AND service_id = ${id}`);
  yield* change(sql`DELETE FROM webhook_delivery
    WHERE tenant_id = ${tenant} AND endpoint_id = ${id}`);
  yield* change(sql`DELETE FROM webhook_endpoint WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* change(sql`DELETE FROM outbox WHERE tenant_id = ${tenant} AND NOT EXISTS (
    SELECT 1 FROM webhook_delivery WHERE webhook_delivery.tenant_id = outbox.tenant_id
      AND webhook_delivery.event_id = outbox.id)`);
  return true;
}

function putSecret({ tenant, id }: Place, name: SecretName, sealed: string): Steps<null> {
  return putVaultItem({ tenant, owner: WEBHOOK_OWNER, serviceId: id, name, sealed });
}

function stored({ tenant, id }: Place): Steps<EndpointRow | undefined> {
  return firstRow<EndpointRow>(sql`SELECT * FROM webhook_endpoint
    WHERE tenant_id = ${tenant} AND id = ${id}`);
}
