import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import { firstRow, type Steps } from '../../../transaction.ts';

/**
 * How much of an invoice prepaid credit has paid, in billionths: what was used of it and is on no
 * invoice yet, up to what the invoice charges. A void invoice gives back what was on it.
 */
export function* creditPaid(tenant: TenantId, currency: string, charges: bigint): Steps<bigint> {
  const used = yield* firstRow<{ readonly sum: string }>(sql`SELECT
      CAST(coalesce(sum(ledger_entry.amount_nano), 0) AS text) AS sum
    FROM ledger_tx JOIN ledger_entry ON ledger_entry.tenant_id = ledger_tx.tenant_id
      AND ledger_entry.tx_id = ledger_tx.id
    WHERE ledger_tx.tenant_id = ${tenant} AND ledger_tx.kind = 'credit_use'
      AND ledger_tx.currency = ${currency} AND ledger_entry.account_id = ${`wallet:${currency}`}`);
  const shown = yield* firstRow<{ readonly sum: string }>(sql`SELECT
      CAST(coalesce(sum(credit_nano), 0) AS text) AS sum
    FROM invoice WHERE tenant_id = ${tenant} AND currency = ${currency} AND status <> 'void'`);
  const open = BigInt(used?.sum ?? 0) - BigInt(shown?.sum ?? 0);
  const paid = open < charges ? open : charges;
  return paid > 0n ? paid : 0n;
}
