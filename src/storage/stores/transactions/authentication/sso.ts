import type { SsoConnection, SsoConnectionUpdate } from '../../../../identity/sso/store.ts';
import { checkVersion } from '../../../../kernel/check-version.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import {
  type RowOf,
  ssoSettingsText,
  type SsoRow,
  toSsoConnection,
} from '../../rows/identity-rows.ts';
import { sql } from '../../sql.ts';
import { change, firstRow, type Steps } from '../../transaction.ts';
import { countRows } from '../identity/count-rows.ts';

/** Adds a connection to a tenant. */
export function* insertSsoConnection({
  tenant,
  connection,
}: {
  readonly tenant: TenantId;
  readonly connection: SsoConnection;
}): Steps<null> {
  yield* countRows(
    sql`SELECT count(*) AS rows FROM sso_connection WHERE tenant_id = ${tenant}`,
    limits.ssoConnectionsPerTenantMax,
    'connections',
  );
  const { id, name, issuer, clientId, secretSealed, domains, createdAtMs, version } = connection;
  yield* change(sql`INSERT INTO sso_connection (id, tenant_id, name, issuer, client_id,
      secret_sealed, domains, domains_verified, settings, enabled, created_at_ms, version)
    VALUES (${id}, ${tenant}, ${name}, ${issuer}, ${clientId}, ${secretSealed},
      ${JSON.stringify(domains)}, ${Number(connection.domainsVerified)},
      ${ssoSettingsText(connection)}, ${Number(connection.enabled)}, ${createdAtMs}, ${version})`);
  return null;
}

/** Changes a connection; what it is then, or undefined when there is none. */
export function* updateSsoConnection({
  tenant,
  id,
  update,
}: RowOf & { readonly update: SsoConnectionUpdate }): Steps<SsoConnection | undefined> {
  const row = yield* firstRow<SsoRow>(sql`SELECT id, tenant_id AS tenant, name, issuer,
      client_id AS "clientId", secret_sealed AS "secretSealed", domains,
      domains_verified AS "domainsVerified", settings, enabled, created_at_ms AS "createdAtMs",
      version
    FROM sso_connection WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (row === undefined) return undefined;
  const { ifVersion, ...changed } = update;
  checkVersion(row.version, ifVersion);
  const after = { ...toSsoConnection(row), ...changed, version: row.version + 1 };
  yield* change(sql`UPDATE sso_connection SET name = ${after.name}, client_id = ${after.clientId},
      secret_sealed = ${after.secretSealed}, domains = ${JSON.stringify(after.domains)},
      domains_verified = ${Number(after.domainsVerified)}, settings = ${ssoSettingsText(after)},
      enabled = ${Number(after.enabled)}, version = ${after.version}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  return after;
}

/** Removes a connection; false when there is none. */
export function* removeSsoConnection({
  tenant,
  id,
  ifVersion,
}: RowOf & { readonly ifVersion: number | undefined }): Steps<boolean> {
  const row = yield* firstRow<{ readonly version: number }>(sql`SELECT version FROM sso_connection
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (row === undefined) return false;
  checkVersion(row.version, ifVersion);
  yield* change(sql`DELETE FROM sso_connection WHERE tenant_id = ${tenant} AND id = ${id}`);
  return true;
}
