import type { TenantId } from '../../../kernel/principal.ts';
import { sql } from '../sql.ts';
import { change, type Steps } from '../transaction.ts';

/** Adds or replaces a service's sealed secrets by name. */
export function* putSecrets({
  tenant,
  serviceId,
  sealed,
}: {
  readonly tenant: TenantId;
  readonly serviceId: string;
  readonly sealed: Readonly<Record<string, string>>;
}): Steps<null> {
  for (const [name, value] of Object.entries(sealed)) {
    yield* change(sql`INSERT INTO service_secret (tenant_id, service_id, name, sealed)
      VALUES (${tenant}, ${serviceId}, ${name}, ${value})
      ON CONFLICT (tenant_id, service_id, name) DO UPDATE SET sealed = excluded.sealed`);
  }
  return null;
}
