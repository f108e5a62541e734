import type { Invoice, InvoiceSeller } from '../../src/billing/invoices/store.ts';
import type { PlanTerms } from '../../src/billing/store.ts';
import { limits } from '../../src/kernel/limits.ts';
import { START_MS, TENANT, type BillingWorld } from './billing-world.ts';

/** Who sends the invoices of tests. */
export const seller: InvoiceSeller = {
  name: 'Seller Ltd',
  address: '1 High Street\nLondon',
  taxId: 'GB 1',
  email: 'billing@seller.example',
  series: 'INV-',
  creditSeries: 'CN-',
  dueMs: 30 * 86_400_000,
};

/** A moment at which the period from the start on is closed. */
export const CLOSED_MS = START_MS + 31 * 86_400_000 + limits.billingGraceMs;

/** Makes drafts of what is due; how many there are. */
export function draftAll(world: BillingWorld, nowMs: number): number {
  const request = { tenant: TENANT, nowMs, seller, fence: null };
  return world.transact('draftInvoices', request)?.count ?? 0;
}

/** Every invoice, the oldest period first. */
export function invoicesOf(world: BillingWorld): readonly Invoice[] {
  const rows = world.database
    .prepare('SELECT id FROM invoice ORDER BY period_start_ms, made_at_ms, id')
    .all() as { readonly id: string }[];
  return rows.flatMap(({ id }) => world.transact('readInvoice', { tenant: TENANT, id }) ?? []);
}

/** Makes an invoice final. */
export function finalise(world: BillingWorld, id: string, nowMs = CLOSED_MS): Invoice {
  const invoice = world.transact('finaliseInvoice', { tenant: TENANT, id, seller, nowMs });
  if (invoice === undefined) throw new Error(`no invoice ${id}`);
  return invoice;
}

/** What the tenant owes, in billionths. */
export function owed(world: BillingWorld, account = 'receivable'): bigint {
  const row = world.database
    .prepare(
      `SELECT CAST(coalesce(sum(amount_nano), 0) AS TEXT) AS sum FROM ledger_entry
        WHERE account_id LIKE ? || ':%'`,
    )
    .get(account) as { readonly sum: string };
  return BigInt(row.sum);
}

/** A recurring charge. */
export function recurringOf(
  id: string,
  amount: string,
  changes: Partial<PlanTerms['recurring'][number]> = {},
): PlanTerms['recurring'][number] {
  const usual = { quantity: '1', due: 'in_advance', proration: 'by_day' } as const;
  return { id, title: id, amount, ...usual, ...changes };
}
