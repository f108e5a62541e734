import type { InvoiceHead } from '../../../../billing/invoices/store.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { Steps } from '../../transaction.ts';
import { addToOutbox } from './add-to-outbox.ts';

/** Tells that an invoice was made, became final or became void. */
export function* tellInvoice(
  tenant: TenantId,
  change: 'drafted' | 'finalised' | 'voided',
  invoice: Omit<InvoiceHead, 'tenant'>,
  nowMs: number,
): Steps<null> {
  const { id, status, number, currency, periodStartMs, periodEndMs, dueAtMs, total } = invoice;
  return yield* addToOutbox(tenant, {
    topic: `invoice.${change}`,
    purpose: [id],
    atMs: nowMs,
    data: {
      invoice: id,
      status,
      number,
      currency,
      total: formatMoney(total),
      periodStartMs,
      periodEndMs,
      dueAtMs,
    },
  });
}
