import type { ClientCertificate } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { bumpVersion } from '../bump-version.ts';
import { countRows } from './count-rows.ts';

/** Registers a certificate; see `ClientCertificateStore.create`. */
export function* createClientCertificate({
  tenant,
  certificate,
}: {
  readonly tenant: TenantId;
  readonly certificate: ClientCertificate;
}): Steps<null> {
  const { id, subject, name, mark, createdAtMs } = certificate;
  const holder = yield* firstRow(
    subject.kind === 'user'
      ? sql`SELECT user_id FROM membership WHERE tenant_id = ${tenant} AND user_id = ${subject.id}`
      : sql`SELECT id FROM service_account WHERE tenant_id = ${tenant} AND id = ${subject.id}`,
  );
  if (holder === undefined) {
    throw new GatewayError('not_found', 'There is no such user or service account.');
  }
  yield* countRows(
    sql`SELECT count(*) AS rows FROM client_certificate WHERE tenant_id = ${tenant}`,
    limits.clientCertificatesPerTenantMax,
    'client certificates',
  );
  yield* change(sql`INSERT INTO client_certificate (tenant_id, id, subject_kind, subject_id, name,
      mark_kind, mark_value, created_at_ms)
    VALUES (${tenant}, ${id}, ${subject.kind}, ${subject.id}, ${name}, ${mark.kind},
      ${mark.value}, ${createdAtMs})`);
  yield* bumpVersion('keys', tenant);
  return null;
}

/** Forgets a certificate; false when the tenant has no such one. */
export function* removeClientCertificate({
  tenant,
  id,
}: {
  readonly tenant: TenantId;
  readonly id: string;
}): Steps<boolean> {
  const changes = yield* change(
    sql`DELETE FROM client_certificate WHERE tenant_id = ${tenant} AND id = ${id}`,
  );
  if (changes === 0) return false;
  yield* bumpVersion('keys', tenant);
  return true;
}
