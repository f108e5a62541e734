import type { Service, ServiceUpdate } from '../../../catalog/store.ts';
import { checkVersion } from '../../../kernel/check-version.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { toService, type ServiceRow } from '../rows/stored-rows.ts';
import { change, firstRow, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';
import { putSecrets } from './put-secrets.ts';

/** Changes a service and adds or replaces its secrets; what it is then, or undefined for none. */
export function* updateService({
  tenant,
  id,
  update,
}: {
  readonly tenant: TenantId;
  readonly id: string;
  readonly update: ServiceUpdate;
}): Steps<Service | undefined> {
  const row = yield* firstRow<ServiceRow>(sql`SELECT id, tenant_id AS tenant, slug, kind, title,
      enabled, config, created_at_ms AS "createdAtMs", updated_at_ms AS "updatedAtMs", version,
      definitions, trust
    FROM service WHERE tenant_id = ${tenant} AND id = ${id}`);
  if (row === undefined) return undefined;
  checkVersion(row.version, update.ifVersion);
  const before = toService(row);
  const { title = before.title, enabled = before.enabled, config = before.config } = update;
  const { updatedAtMs, secrets = {} } = update;
  const definitions = update.definitions ?? before.definitions ?? 'announce';
  const version = before.version + 1;
  const trust = update.trust ?? before.trust ?? 'untrusted';
  const { definitions: _, trust: __, ...rest } = before;
  const own = {
    ...(definitions === 'announce' ? {} : { definitions }),
    ...(trust === 'untrusted' ? {} : { trust }),
  };
  const after = { ...rest, title, enabled, config, updatedAtMs, version, ...own };
  yield* change(sql`UPDATE service SET title = ${title}, enabled = ${enabled ? 1 : 0},
      config = ${JSON.stringify(config)}, updated_at_ms = ${updatedAtMs}, version = ${version},
      definitions = ${definitions}, trust = ${trust}
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  yield* putSecrets({ tenant, serviceId: id, sealed: secrets });
  yield* bumpVersion('services', tenant);
  return after;
}
