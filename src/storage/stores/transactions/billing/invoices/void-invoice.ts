import {
  givingBack,
  restOf,
  taxOfNote,
  type CreditNote,
  type Invoice,
  type InvoiceVoid,
  type NoteRequest,
} from '../../../../../billing/invoices/store.ts';
import { GatewayError } from '../../../../../kernel/errors.ts';
import { limits } from '../../../../../kernel/limits.ts';
import { formatMoney } from '../../../../../kernel/money.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import { change, type Steps } from '../../../transaction.ts';
import { tellInvoice } from '../../webhooks/tell-invoice.ts';
import { writeTransaction } from '../write-books.ts';
import { nextNumber, storedInvoice, storedNotes } from './stored-invoice.ts';

/** Makes an invoice void: nobody owes what is left of it. Its number stays taken. */
export function* voidInvoice({
  tenant,
  id,
  reason,
  nowMs,
}: InvoiceVoid & { readonly tenant: TenantId }): Steps<Invoice | undefined> {
  const before = yield* storedInvoice(tenant, id);
  if (before === undefined) return undefined;
  if (before.status === 'void') throw new GatewayError('conflict', 'This invoice is void already.');
  const rest = restOf(before, yield* storedNotes(tenant, id));
  yield* change(sql`UPDATE invoice SET status = 'void', void_at_ms = ${nowMs},
      void_reason = ${reason}, version = version + 1 WHERE tenant_id = ${tenant} AND id = ${id}`);
  const about = { purpose: [tenant, id], reason, nowMs };
  const posting = givingBack('invoice_void', before.currency, rest, about);
  if (posting !== undefined) yield* writeTransaction(tenant, posting);
  const after = { ...before, status: 'void', voidAtMs: nowMs, voidReason: reason } as const;
  yield* tellInvoice(tenant, 'voided', after, nowMs);
  return after;
}

/** Writes a credit note against a final invoice, once for each key. */
export function* creditInvoice({
  tenant,
  ...asked
}: NoteRequest & { readonly tenant: TenantId }): Steps<CreditNote | undefined> {
  const { invoiceId, id, key, reason, series, nowMs } = asked;
  const invoice = yield* storedInvoice(tenant, invoiceId);
  if (invoice === undefined) return undefined;
  const notes = yield* storedNotes(tenant, invoiceId);
  const made = notes.find((note) => note.key === key);
  if (made !== undefined) return sameNote(made, asked);
  if (invoice.status !== 'final') {
    throw new GatewayError('conflict', 'Only what is final can be given back.');
  }
  if (notes.length >= limits.creditNotesPerInvoiceMax) {
    const text = `An invoice has at most ${limits.creditNotesPerInvoiceMax} credit notes.`;
    throw new GatewayError('conflict', text);
  }
  const rest = restOf(invoice, notes);
  const total = asked.amount ?? rest.total;
  if (total <= 0n || total > rest.total) {
    const left = formatMoney(rest.total > 0n ? rest.total : 0n);
    throw new GatewayError('conflict', `Of this invoice ${left} ${invoice.currency} is left.`);
  }
  const tax = taxOfNote(total, rest);
  const number = yield* nextNumber(series);
  const { currency } = invoice;
  const note = { id, invoiceId, key, number, currency, net: total - tax, tax, total };
  yield* change(sql`INSERT INTO credit_note (tenant_id, id, invoice_id, note_key, number, currency,
      net_nano, tax_nano, total_nano, reason, at_ms)
    VALUES (${tenant}, ${id}, ${invoiceId}, ${key}, ${number}, ${currency}, ${note.net}, ${tax},
      ${total}, ${reason}, ${nowMs})`);
  const about = { purpose: [tenant, invoiceId, key], reason: number, nowMs };
  const posting = givingBack('credit_note', currency, { total, tax }, about);
  if (posting !== undefined) yield* writeTransaction(tenant, posting);
  return { ...note, reason, atMs: nowMs };
}

/** A key means one note: asked again with other words it is a mistake. */
function sameNote(made: CreditNote, { amount, reason }: NoteRequest): CreditNote {
  if (made.reason === reason && (amount === null || amount === made.total)) return made;
  throw new GatewayError('conflict', 'Something else was given back under this key.');
}
