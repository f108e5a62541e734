import type { Bundle } from '../../../catalog/store.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { change, type Steps } from '../transaction.ts';
import { bumpVersion } from './bump-version.ts';

/** Adds a bundle to a tenant. */
export function* insertBundle({
  tenant,
  bundle,
}: {
  readonly tenant: TenantId;
  readonly bundle: Bundle;
}): Steps<null> {
  const { id, slug, title, description, items, createdAtMs, updatedAtMs, version } = bundle;
  yield* change(sql`INSERT INTO bundle (tenant_id, id, slug, title, description, items,
      created_at_ms, updated_at_ms, version)
    VALUES (${tenant}, ${id}, ${slug}, ${title}, ${description}, ${JSON.stringify(items)},
      ${createdAtMs}, ${updatedAtMs}, ${version})`);
  yield* bumpVersion('bundles', tenant);
  return null;
}
