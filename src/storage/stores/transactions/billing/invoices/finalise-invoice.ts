import {
  assembleDocument,
  finalPosting,
  openLinesOf,
  type AssembledInvoice,
  type FinalRequest,
  type Invoice,
} from '../../../../../billing/invoices/store.ts';
import type { PlanTerms } from '../../../../../billing/store.ts';
import { GatewayError } from '../../../../../kernel/errors.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import { change, type Steps } from '../../../transaction.ts';
import { tellInvoice } from '../../webhooks/tell-invoice.ts';
import { writeTransaction } from '../write-books.ts';
import { detailsOf } from './billing-details.ts';
import { nextNumber, storedInvoice } from './stored-invoice.ts';

/**
 * Makes a draft final: addresses it to who the customer is now, adds the taxes that hold now, gives
 * it the next number and posts what is owed beside its charges. A final one is returned as it is.
 */
export function* finaliseInvoice({
  tenant,
  id,
  seller,
  nowMs,
}: FinalRequest & { readonly tenant: TenantId }): Steps<Invoice | undefined> {
  const draft = yield* storedInvoice(tenant, id);
  if (draft === undefined || draft.status === 'final') return draft;
  if (draft.status === 'void') throw new GatewayError('conflict', 'This invoice is void.');
  const { name, address, taxId, email, series, dueMs } = seller;
  const made = yield* assembleAgain(tenant, draft, { name, address, taxId, email });
  const number = yield* nextNumber(series);
  const dueAtMs = nowMs + dueMs;
  yield* change(sql`UPDATE invoice SET status = 'final', number = ${number}, final_at_ms = ${nowMs},
      due_at_ms = ${dueAtMs}, tax_nano = ${made.tax}, total_nano = ${made.total},
      document = ${JSON.stringify(made.document)}, version = version + 1
    WHERE tenant_id = ${tenant} AND id = ${id}`);
  const after = { ...draft, ...made, status: 'final', number, finalAtMs: nowMs, dueAtMs } as const;
  const posting = finalPosting(after, { purpose: [tenant, id], reason: number, nowMs });
  if (posting !== undefined) yield* writeTransaction(tenant, posting);
  yield* tellInvoice(tenant, 'finalised', after, nowMs);
  return after;
}

function* assembleAgain(
  tenant: TenantId,
  { currency, credit, document }: Invoice,
  seller: Invoice['document']['seller'],
): Steps<AssembledInvoice> {
  const { name, address, taxId, email, taxRates } = yield* detailsOf(tenant);
  const { rounding } = document.plan.terms as Pick<PlanTerms, 'rounding'>;
  return assembleDocument({
    currency,
    rounding,
    lines: openLinesOf(document),
    credit,
    taxRates,
    seller,
    customer: { name, address, taxId, email },
    plan: document.plan,
    timeZone: document.timeZone,
  });
}
