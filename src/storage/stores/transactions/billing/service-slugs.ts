import type { TenantId } from '../../../../kernel/principal.ts';
import type { RatedUsage } from '../../../../billing/store.ts';
import { sql, tuples } from '../../sql.ts';
import { allRows, change, type Steps } from '../../transaction.ts';
import { chunks } from './chunks.ts';

interface NamedService {
  readonly id: string;
  readonly slug: string;
}

/**
 * What the services of these records are called. Each is noted when it is first rated, as its id
 * when it is gone by then: so that rating the same records again means the same services.
 */
export function* serviceSlugs(
  tenant: TenantId,
  records: readonly RatedUsage[],
): Steps<ReadonlyMap<string, string>> {
  const slugs = new Map<string, string>();
  const ids = new Set<string>();
  for (const { serviceId } of records) if (serviceId !== null) ids.add(serviceId);
  for (const some of chunks([...ids])) {
    const values = tuples(some.map((id) => [id]));
    const known = yield* allRows<NamedService>(sql`SELECT id, slug FROM rated_service
      WHERE tenant_id = ${tenant} AND id IN (VALUES ${values})`);
    for (const { id, slug } of known) slugs.set(id, slug);
    const unknown = some.filter((id) => !slugs.has(id));
    if (unknown.length === 0) continue;
    const found = yield* allRows<NamedService>(sql`SELECT id, slug FROM service
      WHERE tenant_id = ${tenant} AND id IN (VALUES ${values})`);
    const named = new Map(found.map(({ id, slug }) => [id, slug]));
    for (const id of unknown) slugs.set(id, named.get(id) ?? id);
    yield* change(sql`INSERT INTO rated_service (tenant_id, id, slug)
      VALUES ${tuples(unknown.map((id) => [tenant, id, slugs.get(id) ?? id]))}`);
  }
  return slugs;
}
