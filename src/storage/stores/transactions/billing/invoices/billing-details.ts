import type {
  BillingDetails,
  DetailsChange,
  TaxRate,
} from '../../../../../billing/invoices/store.ts';
import { GatewayError } from '../../../../../kernel/errors.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import { change, firstRow, type Steps } from '../../../transaction.ts';

interface DetailsRow extends Omit<BillingDetails, 'taxRates'> {
  readonly taxRates: string;
}

/** Whom invoices of a tenant are addressed to; the tenant's name while nothing was said. */
export function* detailsOf(tenant: TenantId): Steps<BillingDetails> {
  const row = yield* firstRow<DetailsRow>(sql`SELECT name, address, tax_id AS "taxId", email,
      tax_rates AS "taxRates", updated_at_ms AS "updatedAtMs", version
    FROM billing_details WHERE tenant_id = ${tenant}`);
  if (row !== undefined) return { ...row, taxRates: JSON.parse(row.taxRates) as TaxRate[] };
  const known = yield* firstRow<{ readonly name: string }>(sql`SELECT name FROM tenant
    WHERE id = ${tenant}`);
  if (known === undefined) throw new GatewayError('not_found', 'There is no such tenant.');
  const nothing = { address: '', taxId: '', email: '', taxRates: [] };
  return { name: known.name, ...nothing, updatedAtMs: 0, version: 0 };
}

/** Changes whom invoices are addressed to; final ones stay as they are. */
export function* changeDetails({
  tenant,
  change: { atMs, ifVersion, ...changed },
}: {
  readonly tenant: TenantId;
  readonly change: DetailsChange;
}): Steps<BillingDetails> {
  const before = yield* detailsOf(tenant);
  if (ifVersion !== undefined && ifVersion !== before.version) {
    throw new GatewayError('conflict', 'Somebody else changed it; read it again.');
  }
  const after = { ...before, ...changed, updatedAtMs: atMs, version: before.version + 1 };
  const { name, address, taxId, email, taxRates } = after;
  yield* change(sql`INSERT INTO billing_details (tenant_id, name, address, tax_id, email, tax_rates,
      updated_at_ms, version)
    VALUES (${tenant}, ${name}, ${address}, ${taxId}, ${email}, ${JSON.stringify(taxRates)},
      ${atMs}, ${after.version})
    ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name, address = excluded.address,
      tax_id = excluded.tax_id, email = excluded.email, tax_rates = excluded.tax_rates,
      updated_at_ms = excluded.updated_at_ms, version = excluded.version`);
  return after;
}
