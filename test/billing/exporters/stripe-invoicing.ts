import type { StripeInvoiceSettings } from '../../../src/billing/export/store.ts';
import { startStandIn, type Asked, type Said, type StandIn } from './stand-in.ts';
import { CREDENTIAL } from './vendors.ts';

const DAY_MS = 86_400_000;

/** A line there. */
export interface ItemThere {
  readonly id: string;
  readonly invoice: string;
  readonly title: string;
  readonly amount: bigint;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An invoice there. */
export interface InvoiceThere {
  readonly id: string;
  readonly customer: string;
  readonly currency: string;
  readonly createdS: number;
  readonly metadata: Readonly<Record<string, string>>;
  status: 'draft' | 'open' | 'paid' | 'void';
  dueDays: string | null;
  collection: string;
}

/** Stripe's invoices on this machine. */
export interface InvoicingStandIn extends AsyncDisposable {
  readonly standIn: StandIn;
  readonly settings: StripeInvoiceSettings;
  readonly invoices: InvoiceThere[];
  readonly items: ItemThere[];
  /** Stores a 500 under the key of the next write, which then has no effect. */
  breakNext: boolean;
  totalOf(invoice: string): bigint;
}

const fault = (message: string, type = 'invalid_request_error'): Said => {
  return { status: 400, body: { error: { type, message } } };
};

/** What is written and read there, without keys. */
class Invoicing {
  readonly invoices: InvoiceThere[] = [];
  readonly items: ItemThere[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  readonly totalOf = (invoice: string): bigint =>
    this.items
      .filter((one) => one.invoice === invoice)
      .reduce((sum, { amount }) => sum + amount, 0n);

  write({ path, body }: Asked): Said {
    const form = new URLSearchParams(body);
    if (path === '/v1/invoices') return this.#create(form);
    if (path === '/v1/invoiceitems') return this.#addItem(form);
    const id = /^\/v1\/invoices\/(\w+)\/finalize$/.exec(path)?.[1];
    return id === undefined ? fault(path) : this.#finalise(id);
  }

  read({ path }: Asked): Said {
    const { pathname, searchParams: query } = new URL(path, 'http://stripe');
    if (pathname === '/v1/invoiceitems') {
      const own = this.items.filter((one) => one.invoice === query.get('invoice'));
      return page(own.map(itemJson), query);
    }
    if (pathname === '/v1/invoices') {
      const since = Number(query.get('created[gte]') ?? 0);
      const own = this.invoices.filter((one) => one.customer === query.get('customer'));
      const late = own.filter((one) => one.createdS >= since);
      return page(late.map((one) => this.#shown(one)).toReversed(), query);
    }
    const found = this.invoices.find(({ id }) => pathname === `/v1/invoices/${id}`);
    return found === undefined ? { status: 404 } : { status: 200, body: this.#shown(found) };
  }

  #shown({ createdS, ...rest }: InvoiceThere) {
    const total = Number(this.totalOf(rest.id));
    return { ...rest, object: 'invoice', created: createdS, total };
  }

  #create(form: URLSearchParams): Said {
    const customer = form.get('customer') ?? '';
    if (customer !== 'cus_1') return fault(`No such customer: '${customer}'`);
    if (form.get('pending_invoice_items_behavior') !== 'exclude') return fault('Would add others.');
    const collection = form.get('collection_method') ?? '';
    const dueDays = form.get('days_until_due');
    if ((collection === 'send_invoice') !== (dueDays !== null)) return fault('days_until_due');
    const invoice: InvoiceThere = {
      id: `in_${this.invoices.length + 1}`,
      customer,
      currency: form.get('currency') ?? '',
      createdS: Math.floor(this.#now() / 1000),
      metadata: metadataOf(form),
      status: 'draft',
      dueDays,
      collection,
    };
    this.invoices.push(invoice);
    return { status: 200, body: this.#shown(invoice) };
  }

  #addItem(form: URLSearchParams): Said {
    const invoice = this.invoices.find(({ id }) => id === form.get('invoice'));
    if (invoice === undefined) return fault('No such invoice.');
    if (invoice.status !== 'draft') return fault('The invoice is finalized: it cannot be changed.');
    if (form.get('currency') !== invoice.currency) return fault('Another currency.');
    const amount = form.get('unit_amount_decimal') ?? '';
    if (!/^-?\d+$/.test(amount)) return fault('Invalid integer.');
    const own = this.items.filter((one) => one.invoice === invoice.id);
    if (own.length >= 250) return fault('Too many.');
    const id = `ii_${this.items.length + 1}`;
    const title = form.get('description') ?? '';
    const metadata = metadataOf(form);
    this.items.push({ id, invoice: invoice.id, title, amount: BigInt(amount), metadata });
    return { status: 200, body: { id, object: 'invoiceitem', metadata } };
  }

  #finalise(id: string): Said {
    const invoice = this.invoices.find((one) => one.id === id);
    if (invoice?.status !== 'draft') return fault('Only drafts can be finalized.');
    invoice.status = this.totalOf(id) === 0n ? 'paid' : 'open';
    return { status: 200, body: this.#shown(invoice) };
  }
}

/**
 * Stripe's invoices by its documented rules: an idempotency key is known for 24 hours, answers what
 * it answered the first time (a 500 too), and refuses another body; amounts are whole smallest
 * units; lines are added to drafts alone, of the invoice's own currency, and at most 250.
 */
export async function startInvoicing(
  now: () => number,
  changes: Partial<StripeInvoiceSettings> = {},
): Promise<InvoicingStandIn> {
  const books = new Invoicing(now);
  const keys = new Map<
    string,
    { readonly atMs: number; readonly body: string; readonly said: Said }
  >();
  const standIn = await startStandIn((asked) => {
    const { headers, body, path } = asked;
    if (headers.authorization !== `Bearer ${CREDENTIAL}`) return { status: 401 };
    if (body === '') return books.read(asked);
    const key = headers['idempotency-key'];
    if (typeof key !== 'string' || key.length > 255) return fault('No idempotency key.');
    const before = keys.get(key);
    if (before !== undefined && now() - before.atMs < DAY_MS) {
      const isSame = before.body === `${path} ${body}`;
      return isSame ? before.said : fault('Keys are for one body.', 'idempotency_error');
    }
    const broken = { status: 500, body: { error: { type: 'api_error', message: 'Broken.' } } };
    const said = there.breakNext ? broken : books.write(asked);
    there.breakNext = false;
    keys.set(key, { atMs: now(), body: `${path} ${body}`, said });
    return said;
  });
  const customer = { kind: 'stripe_invoices', customer: 'cus_1', url: standIn.url } as const;
  const there: InvoicingStandIn = {
    standIn,
    settings: { ...customer, collection: 'send_invoice', finalise: true, ...changes },
    invoices: books.invoices,
    items: books.items,
    breakNext: false,
    totalOf: books.totalOf,
    [Symbol.asyncDispose]: () => standIn[Symbol.asyncDispose](),
  };
  return there;
}

function page(all: readonly { readonly id: string }[], query: URLSearchParams): Said {
  const after = query.get('starting_after');
  const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const to = from + Number(query.get('limit') ?? 10);
  const data = all.slice(from, to);
  return { status: 200, body: { object: 'list', data, has_more: to < all.length } };
}

const itemJson = ({ id, metadata, amount }: ItemThere) => {
  return { id, object: 'invoiceitem', metadata, amount: Number(amount) };
};

function metadataOf(form: URLSearchParams): Readonly<Record<string, string>> {
  const marks = [...form].flatMap(([name, value]) => {
    const mark = /^metadata\[(\w+)\]$/.exec(name)?.[1];
    return mark === undefined ? [] : [[mark, value] as const];
  });
  return Object.fromEntries(marks);
}
