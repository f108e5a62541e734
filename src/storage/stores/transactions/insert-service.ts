import type { Service } from '../../../catalog/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { change, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

/** Adds a service to a tenant. */
export function* insertService({
  tenant,
  service,
}: {
  readonly tenant: TenantId;
  readonly service: Service;
}): Steps<null> {
  const { id, slug, kind, title, enabled, config, createdAtMs, updatedAtMs, version } = service;
  yield* change(sql`INSERT INTO service (tenant_id, id, slug, kind, title, enabled, config,
      created_at_ms, updated_at_ms, version, definitions, trust)
    VALUES (${tenant}, ${id}, ${slug}, ${kind}, ${title}, ${enabled ? 1 : 0},
      ${JSON.stringify(config)}, ${createdAtMs}, ${updatedAtMs}, ${version},
      ${service.definitions ?? 'announce'}, ${service.trust ?? 'untrusted'})`);
  yield* bumpVersion('services', tenant);
  return null;
}
