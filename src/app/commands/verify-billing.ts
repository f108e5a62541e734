import { verifyBooks, type BooksVerdict } from '../../billing/verify/verify-books.ts';
import type { BookedInvoice, BooksSource } from '../../billing/verify/books-source.ts';
import type { InvoiceHead } from '../../billing/invoices/store.ts';
import type { PlanTerms } from '../../billing/store.ts';
import { silentLog } from '../../kernel/log.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Storage, Stores } from '../../storage/storage.ts';
import type { Config } from '../config/config-schema.ts';
import { openStorage } from '../open-storage.ts';

/** What checking one tenant's books came to. */
export interface TenantBooks extends BooksVerdict {
  /** The tenant's name. */
  readonly tenant: string;
}

const ROWS = 500;

/** Checks the books of all tenants against the usage records. Rejects with GatewayError. */
export async function verifyBilling(config: Config): Promise<readonly TenantBooks[]> {
  const storage = await openStorage(config, silentLog);
  try {
    const verdicts: TenantBooks[] = [];
    for (const { id, name } of await storage.tenants.list()) {
      verdicts.push({ tenant: name, ...(await verifyBooks(await booksOf(storage, id))) });
    }
    return verdicts;
  } finally {
    await storage.close();
  }
}

/** The books of a tenant as they are checked. */
export async function booksOf(storage: Stores, tenant: TenantId): Promise<BooksSource> {
  const { charges, ledger, plans, subscriptions, verifications } = storage;
  const all = await subscriptions.list(tenant);
  const terms = new Map<string, PlanTerms>();
  for (const { planVersionId } of all) {
    const version = await plans.versionById(planVersionId);
    if (version !== undefined) terms.set(planVersionId, version.terms);
  }
  const waiting = Map.groupBy(await verifications.waiting(tenant), ({ block }) => block);
  const refused = pages('', (after) => charges.setAside(tenant, after, ROWS), lastUsage);
  return {
    subscriptions: all,
    terms,
    periods: await charges.periods(tenant),
    services: await verifications.services(tenant),
    setAside: new Set(await Array.fromAsync(refused, ({ usageId }) => usageId)),
    goneUpTo: (await storage.audit.usageCut(tenant)).lastId,
    isWaiting: (id, block) =>
      waiting.get(block)?.some(({ firstId, lastId }) => firstId <= id && id <= lastId) === true,
    balances: await ledger.balances(tenant),
    records: () =>
      pages(
        '',
        (after) => verifications.records(tenant, after, ROWS),
        ({ record }) => record.id,
      ),
    invoices: () => invoicesOf(storage, tenant),
    charges: () => pages(undefined, (after) => charges.list(tenant, chargePage(after)), itself),
    transactions: () =>
      pages(
        '',
        (after) => ledger.list(tenant, after, ROWS),
        ({ id }) => id,
      ),
  };
}

async function* invoicesOf({ invoices }: Stores, tenant: TenantId): AsyncGenerator<BookedInvoice> {
  const parts = Map.groupBy(await invoices.parts(tenant), ({ invoiceId }) => invoiceId);
  const query = (before: InvoiceHead | undefined) => {
    return { rowsMax: ROWS, ...(before === undefined ? {} : { before }) };
  };
  const heads = pages<InvoiceHead, InvoiceHead | undefined>(
    undefined,
    (before) => invoices.list(tenant, query(before)),
    (head) => head,
  );
  for await (const { id } of heads) {
    const invoice = await invoices.get(tenant, id);
    if (invoice === undefined) continue;
    const { document, ...head } = invoice;
    const notes = await invoices.notes(tenant, id);
    yield { ...head, lines: document.lines, notes, parts: parts.get(id) ?? [] };
  }
}

async function* pages<Row, Place>(
  first: Place,
  read: (after: Place) => Promise<readonly Row[]>,
  placeOf: (row: Row) => Place,
): AsyncGenerator<Row> {
  for (let after = first; ;) {
    const rows = await read(after);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS) return;
    after = placeOf(last);
  }
}

type Listed = Awaited<ReturnType<Storage['charges']['list']>>[number];

function chargePage(after: Listed | undefined) {
  return { descending: false, rowsMax: ROWS, ...(after === undefined ? {} : { after }) };
}

const itself = (row: Listed): Listed | undefined => row;

const lastUsage = ({ usageId }: { readonly usageId: string }): string => usageId;
