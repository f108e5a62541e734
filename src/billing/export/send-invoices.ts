import type { Fence } from '../../kernel/fence.ts';
import type { InvoiceStore } from '../invoices/store.ts';
import { exportedDocument } from './exported-document.ts';
import type { DueExporter, ExporterStore, StripeInvoiceSettings } from './store.ts';
import type { VendorEgress } from './vendors/post-to-vendor.ts';
import {
  sendToStripe,
  STRIPE_LINES_MAX,
  stripeDigits,
  type InvoiceAnswer,
} from './vendors/stripe-invoices.ts';
import { VendorDelay } from './vendors/vendor.ts';

/** What sending invoices needs. */
export interface SendingInvoices {
  readonly store: Pick<ExporterStore, 'dueInvoices' | 'beginInvoice' | 'endInvoice'>;
  readonly invoices: Pick<InvoiceStore, 'get'>;
  readonly egress: VendorEgress;
  readonly credential: string;
  readonly settings: StripeInvoiceSettings;
  readonly fence: Fence;
  /** Epoch milliseconds. */
  now(): number;
  /** Whether others have waited long enough. */
  isOver(): boolean;
}

/** Read at once. */
const PAGE_ROWS = 20;

/**
 * Brings final invoices to the vendor, each noted before anything of it leaves. Rejects with
 * VendorDelay when the vendor has to be asked later; the one that it was about then comes last.
 */
export async function sendInvoices(due: DueExporter, sending: SendingInvoices): Promise<void> {
  const { tenant, exporter } = due;
  for (;;) {
    const page = await sending.store.dueInvoices(tenant, exporter.id, PAGE_ROWS);
    for (const invoiceId of page) {
      if (sending.isOver() || !(await sendInvoice(due, invoiceId, sending))) return;
    }
    if (page.length < PAGE_ROWS) return;
  }
}

/** False when the job is another's by now. */
async function sendInvoice(
  { tenant, exporter: { id } }: DueExporter,
  invoiceId: string,
  sending: SendingInvoices,
): Promise<boolean> {
  const { store, settings, fence, now } = sending;
  const { customer } = settings;
  const noted = { tenant, id, invoiceId };
  const begun = await store.beginInvoice({ ...noted, customer, atMs: now() }, fence);
  if (begun === undefined) return false;
  try {
    const { vendorId, problem = null } = await bring(tenant, begun, sending);
    const state = problem === null ? 'sent' : 'refused';
    const ended = { state, vendorId, reason: problem, atMs: now() } as const;
    return await store.endInvoice({ ...noted, ...ended }, fence);
  } catch (error) {
    if (error instanceof VendorDelay) {
      const { vendorId } = begun;
      const waits = { state: 'sending', vendorId, reason: error.message, atMs: now() } as const;
      await store.endInvoice({ ...noted, ...waits }, fence);
    }
    throw error;
  }
}

async function bring(
  tenant: DueExporter['tenant'],
  {
    invoiceId,
    customer,
    vendorId,
  }: { invoiceId: string; customer: string; vendorId: string | null },
  { invoices, settings, credential, egress }: SendingInvoices,
): Promise<InvoiceAnswer> {
  const invoice = await invoices.get(tenant, invoiceId);
  if (invoice?.status !== 'final') {
    return { vendorId, problem: 'It is void here since it was begun there: look there.' };
  }
  if (customer !== settings.customer) {
    return { vendorId, problem: `It was begun for the customer ${customer}: look there.` };
  }
  const document = exportedDocument(tenant, invoice, stripeDigits, STRIPE_LINES_MAX);
  if (typeof document === 'string') return { vendorId, problem: document };
  return await sendToStripe(document, settings, credential, egress);
}
