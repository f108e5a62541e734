import {
  EXPORTER_OWNER,
  placeBefore,
  type Exporter,
  type ExporterUpdate,
  type NewExporter,
} from '../../../../billing/export/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { placeText, toExporter, type ExporterRow } from '../../rows/exporter-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { countRows } from '../identity/count-rows.ts';
import { putVaultItem } from '../vault-items.ts';

interface Place {
  readonly tenant: TenantId;
  readonly id: string;
}

/** Adds an exporter with its sealed credential; what it is. */
export function* insertExporter({
  tenant,
  exporter: { id, name, settings, enabled, from, createdAtMs },
  sealed,
}: {
  readonly tenant: TenantId;
  readonly exporter: NewExporter;
  readonly sealed: string;
}): Steps<Exporter> {
  const counting = sql`SELECT count(*) AS rows FROM billing_exporter WHERE tenant_id = ${tenant}`;
  yield* countRows(counting, limits.exportersPerTenantMax, 'exporters');
  const head = yield* firstRow<{ readonly block: number }>(sql`SELECT block FROM charge_head
    WHERE tenant_id = ${tenant}`);
  const begin = placeBefore(from === 'now' ? (head?.block ?? 0) + 1 : 0);
  yield* change(sql`INSERT INTO billing_exporter (tenant_id, id, name, settings, enabled,
      acknowledged, sending, sending_since_ms, exported, skipped, failures, next_at_ms,
      last_problem, last_at_ms, created_at_ms, updated_at_ms, version, invoices_from_ms)
    VALUES (${tenant}, ${id}, ${name}, ${JSON.stringify(settings)}, ${enabled ? 1 : 0},
      ${placeText(begin)}, ${null}, ${null}, 0, 0, 0, ${createdAtMs}, ${null}, ${null},
      ${createdAtMs}, ${createdAtMs}, 1, ${from === 'now' ? createdAtMs : 0})`);
  yield* putCredential({ tenant, id }, sealed);
  return toExporter((yield* stored({ tenant, id })) as ExporterRow);
}

/** Changes an exporter, which then does not wait any more; what it is then. */
export function* updateExporter({
  tenant,
  id,
  update: { ifVersion, updatedAtMs, sealed, ...said },
}: Place & { readonly update: ExporterUpdate }): Steps<Exporter | undefined> {
  const row = yield* stored({ tenant, id });
  if (row === undefined) return undefined;
  checkVersion(row.version, ifVersion);
  const { name, settings, enabled } = { ...toExporter(row), ...said };
  yield* change(sql`UPDATE billing_exporter SET name = ${name},
      settings = ${JSON.stringify(settings)}, enabled = ${enabled ? 1 : 0}, failures = 0,
      next_at_ms = ${updatedAtMs}, updated_at_ms = ${updatedAtMs}, version = ${row.version + 1}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (sealed !== undefined) yield* putCredential({ tenant, id }, sealed);
  return toExporter((yield* stored({ tenant, id })) as ExporterRow);
}

/** Removes an exporter with its credential and what it was refused; false when there is none. */
export function* removeExporter({
  tenant,
  id,
  ifVersion,
}: Place & { readonly ifVersion: number | undefined }): Steps<boolean> {
  const row = yield* stored({ tenant, id });
  if (row === undefined) return false;
  checkVersion(row.version, ifVersion);
  yield* change(sql`DELETE FROM vault_item WHERE tenant_id = ${tenant}
    AND owner = ${EXPORTER_OWNER} AND service_id = ${id}`);
  yield* change(sql`DELETE FROM billing_export_refused
    WHERE tenant_id = ${tenant} AND exporter_id = ${id}`);
  yield* change(sql`DELETE FROM billing_exported_invoice
    WHERE tenant_id = ${tenant} AND exporter_id = ${id}`);
  yield* change(sql`DELETE FROM billing_exporter WHERE tenant_id = ${tenant} AND id = ${id}`);
  return true;
}

function putCredential({ tenant, id }: Place, sealed: string): Steps<null> {
  const row = { tenant, owner: EXPORTER_OWNER, serviceId: id, name: 'credential' };
  return putVaultItem({ ...row, sealed });
}

function stored({ tenant, id }: Place): Steps<ExporterRow | undefined> {
  return firstRow<ExporterRow>(sql`SELECT * FROM billing_exporter
    WHERE tenant_id = ${tenant} AND id = ${id}`);
}
