import type { SharedDomain } from '../../../kernel/bus.ts';
import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { change, type Steps } from '../transaction.ts';

/**
 * Counts a change of a tenant's rows, for the instances that keep a copy of them. The counter's row
 * is locked until the change is committed, so whoever reads a value sees every change up to it.
 */
export function* bumpVersion(domain: SharedDomain, tenant: TenantId): Steps<number> {
  return yield* change(sql`INSERT INTO domain_version (domain, tenant_id, version, changed_at_ms)
    VALUES (${domain}, ${tenant}, 1, (SELECT now_ms FROM database_clock))
    ON CONFLICT (domain, tenant_id) DO UPDATE
    SET version = domain_version.version + 1, changed_at_ms = excluded.changed_at_ms`);
}
