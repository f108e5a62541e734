import {
  CAPTURE_OWNER,
  type Capture,
  type CaptureSetting,
} from '../../../../gateway/captures/store.ts';
import type { Fence } from '../../../../kernel/fence.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql, tuples } from '../../sql.ts';
import { allRows, change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import { holdsFence } from '../leases.ts';
import { putVaultItem } from '../vault-items.ts';

/** Sets what a tenant captures. */
export function* putCaptureSetting({
  tenant,
  setting,
}: {
  readonly tenant: TenantId;
  readonly setting: Omit<CaptureSetting, 'version'>;
}): Steps<CaptureSetting> {
  const { services, tools, sampleRate, untilMs, keepHours } = setting;
  const row = yield* firstRow<{ readonly version: number }>(sql`INSERT INTO capture_setting
      (tenant_id, services, tools, sample_rate, until_ms, keep_hours, version)
    VALUES (${tenant}, ${listText(services)}, ${listText(tools)}, ${sampleRate}, ${untilMs},
      ${keepHours}, 1)
    ON CONFLICT (tenant_id) DO UPDATE SET services = excluded.services, tools = excluded.tools,
      sample_rate = excluded.sample_rate, until_ms = excluded.until_ms,
      keep_hours = excluded.keep_hours, version = capture_setting.version + 1
    RETURNING version`);
  yield* bumpVersion('captures', tenant);
  return { ...setting, version: row?.version ?? 1 };
}

/** Ends what a tenant captures; false when it captured nothing. */
export function* removeCaptureSetting({ tenant }: { readonly tenant: TenantId }): Steps<boolean> {
  const removed = yield* change(sql`DELETE FROM capture_setting WHERE tenant_id = ${tenant}`);
  if (removed === 0) return false;
  yield* bumpVersion('captures', tenant);
  return true;
}

/** Keeps a capture with its sealed content; false when the tenant has no room for it. */
export function* insertCapture({
  tenant,
  capture,
  sealed,
  bytesMax,
}: {
  readonly tenant: TenantId;
  readonly capture: Capture;
  readonly sealed: string;
  readonly bytesMax: number;
}): Steps<boolean> {
  const kept = yield* firstRow<{ readonly bytes: number | string }>(sql`SELECT
    coalesce(sum(bytes), 0) AS bytes FROM capture WHERE tenant_id = ${tenant}`);
  if (Number(kept?.bytes ?? 0) + capture.bytes > bytesMax) return false;
  const { id, atMs, expiresAtMs, userId, grantId, serviceId, serviceSlug } = capture;
  const { method, tool, outcome, workId, bytes } = capture;
  yield* change(sql`INSERT INTO capture (tenant_id, id, at_ms, expires_at_ms, user_id, grant_id,
      service_id, service_slug, method, tool, outcome, work_id, bytes)
    VALUES (${tenant}, ${id}, ${atMs}, ${expiresAtMs}, ${userId}, ${grantId}, ${serviceId},
      ${serviceSlug}, ${method}, ${tool}, ${outcome}, ${workId}, ${bytes})`);
  yield* putVaultItem({ tenant, owner: CAPTURE_OWNER, serviceId, name: id, sealed });
  return true;
}

/** Deletes all captures of a tenant; how many. */
export function* removeCaptures({ tenant }: { readonly tenant: TenantId }): Steps<number> {
  yield* change(sql`DELETE FROM vault_item
    WHERE tenant_id = ${tenant} AND owner = ${CAPTURE_OWNER}`);
  return yield* change(sql`DELETE FROM capture WHERE tenant_id = ${tenant}`);
}

/** Deletes a page of what expired, of all tenants; true when there may be more. */
export function* removeExpiredCaptures({
  nowMs,
  fence,
}: {
  readonly nowMs: number;
  readonly fence: Fence;
}): Steps<boolean> {
  const rowsMax = limits.retentionRowsMax;
  const rows = yield* allRows<{ readonly tenant: string; readonly id: string }>(sql`SELECT
      tenant_id AS tenant, id FROM capture
    WHERE expires_at_ms <= ${nowMs} ORDER BY expires_at_ms, id LIMIT ${rowsMax}`);
  // The fence is a write: a quiet disk is left alone.
  if (rows.length === 0 || !(yield* holdsFence(fence))) return false;
  const named = tuples(rows.map(({ tenant, id }) => [tenant, id]));
  yield* change(sql`DELETE FROM vault_item WHERE owner = ${CAPTURE_OWNER}
    AND (tenant_id, name) IN (VALUES ${named})`);
  yield* change(sql`DELETE FROM capture WHERE (tenant_id, id) IN (VALUES ${named})`);
  return rows.length === rowsMax;
}

function listText(names: readonly string[] | null): string | null {
  return names === null ? null : JSON.stringify(names);
}
