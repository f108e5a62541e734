import type Stripe from 'stripe';
import { currencyDigits } from '../../../kernel/currency.ts';
import type { ExportedDocument, ExportedLine } from '../exported-document.ts';
import type { StripeInvoiceSettings } from '../exporter.ts';
import type { VendorEgress } from './post-to-vendor.ts';
import { openStripe, stripeFault } from './stripe-client.ts';

/** What a vendor made of an invoice. */
export interface InvoiceAnswer {
  readonly vendorId: string | null;
  /** Why it will never be as it is here; absent when it is. */
  readonly problem?: string;
}

/** Lines that Stripe takes on one invoice. */
export const STRIPE_LINES_MAX = 250;

/** Where an invoice there, and a line of it, say what they are of. */
const INVOICE_MARK = 'mcp_gateway_invoice';
const LINE_MARK = 'mcp_gateway_line';

const DAY_S = 86_400;

/** Currencies that Stripe counts otherwise than ISO 4217. */
const digitsThere: ReadonlyMap<string, number> = new Map([
  ['ISK', 2],
  ['UGX', 2],
  ['MGA', 0],
]);

/** How many decimals the units have in which Stripe counts a currency. */
export function stripeDigits(currency: string): number {
  return digitsThere.get(currency) ?? currencyDigits(currency);
}

/**
 * Brings an invoice to Stripe, or to its end what was begun. What is there is looked up before
 * anything is written, for Stripe promises to know an idempotency key for 24 hours only, and
 * repeats a stored error as long. What is final there is left as it is.
 */
export async function sendToStripe(
  document: ExportedDocument,
  settings: StripeInvoiceSettings,
  credential: string,
  egress: VendorEgress,
): Promise<InvoiceAnswer> {
  const stripe = await openStripe(settings.url, credential, egress);
  let vendorId: string | null = null;
  try {
    const invoice =
      (await findInvoice(stripe, document, settings)) ??
      (await createInvoice(stripe, document, settings));
    vendorId = invoice.id;
    if (invoice.status === 'draft') await writeLines(stripe, document, settings, vendorId);
    const { total, status } = await stripe.invoices.retrieve(vendorId);
    if (status !== 'void' && BigInt(total) !== document.total) {
      return { vendorId, problem: `It is there with a total of ${total} instead.` };
    }
    if (settings.finalise && status === 'draft') {
      const options = { idempotencyKey: `${document.id}:finalise` };
      await stripe.invoices.finalizeInvoice(vendorId, { auto_advance: true }, options);
    }
    return { vendorId };
  } catch (error) {
    return { vendorId, problem: `Stripe: ${stripeFault(error).text}`.slice(0, 300) };
  }
}

/** Lists are up to date at once; a search over marks is not. */
async function findInvoice(
  stripe: Stripe,
  { id, finalAtMs }: ExportedDocument,
  { customer }: StripeInvoiceSettings,
): Promise<Stripe.Invoice | undefined> {
  // Clocks may differ; nothing is there before it is final here. Invoices are long: few at once.
  const created = { gte: Math.floor(finalAtMs / 1000) - DAY_S };
  for await (const invoice of stripe.invoices.list({ customer, created, limit: 5 })) {
    if (invoice.metadata?.[INVOICE_MARK] === id) return invoice;
  }
  return undefined;
}

async function createInvoice(
  stripe: Stripe,
  { id, number, currency, dueDays }: ExportedDocument,
  { customer, collection }: StripeInvoiceSettings,
): Promise<Stripe.Invoice> {
  const isSent = collection === 'send_invoice';
  return await stripe.invoices.create(
    {
      customer,
      currency: currency.toLowerCase(),
      description: number,
      collection_method: collection,
      ...(isSent ? { days_until_due: dueDays } : {}),
      // Nothing of what Stripe would add is on our invoice.
      auto_advance: false,
      automatic_tax: { enabled: false },
      discounts: '',
      pending_invoice_items_behavior: 'exclude',
      metadata: { [INVOICE_MARK]: id },
    },
    { idempotencyKey: `${id}:invoice` },
  );
}

/** Writes those lines of a draft that it does not have. */
async function writeLines(
  stripe: Stripe,
  { id, currency, lines }: ExportedDocument,
  { customer }: StripeInvoiceSettings,
  vendorId: string,
): Promise<void> {
  const there = new Set<string | undefined>();
  for await (const item of stripe.invoiceItems.list({ invoice: vendorId, limit: 50 })) {
    there.add(item.metadata?.[LINE_MARK]);
  }
  const { default: Client } = await import('stripe');
  const add = async ({ title, units }: ExportedLine, place: string): Promise<void> => {
    await stripe.invoiceItems.create(
      {
        customer,
        invoice: vendorId,
        currency: currency.toLowerCase(),
        description: title,
        unit_amount_decimal: Client.Decimal.from(units),
        discountable: false,
        metadata: { [LINE_MARK]: place },
      },
      { idempotencyKey: `${id}:line:${place}` },
    );
  };
  // One by one: they stand there in the order in which they come.
  for (const [index, line] of lines.entries()) {
    const place = String(index);
    if (!there.has(place)) await add(line, place);
  }
}
