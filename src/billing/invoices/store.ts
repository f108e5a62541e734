import type { Fence } from '../../kernel/fence.ts';
import type { MoneyNano } from '../../kernel/money.ts';
import type { TenantId } from '../../kernel/principal.ts';
import type { Coupon, GivenCoupon } from './coupon.ts';
import type {
  Invoice,
  InvoiceHead,
  InvoicePart,
  InvoiceParty,
  InvoiceStatus,
  TaxRate,
} from './invoice.ts';

export {
  assembleDocument,
  openLinesOf,
  type AssembledInvoice,
  type InvoiceParts,
} from './assemble-document.ts';
export { chargeLines, type ChargeSum, type LineSource, type OpenLine } from './charge-lines.ts';
export { isUsable, type Coupon, type GivenCoupon } from './coupon.ts';
export { couponDiscounts, type CouponDiscount } from './discount-lines.ts';
export { invoiceId } from './invoice-id.ts';
export { finalPosting, givingBack, restOf, taxOfNote, type GivenBack } from './invoice-postings.ts';
export type {
  Invoice,
  InvoiceDocument,
  InvoiceHead,
  InvoiceLine,
  InvoiceLineKind,
  InvoicePart,
  InvoiceParty,
  InvoiceStatus,
  InvoiceTotals,
  PlanSnapshot,
  TaxRate,
} from './invoice.ts';

/** Who sells, and how its invoices are numbered and paid. */
export interface InvoiceSeller extends InvoiceParty {
  /** What numbers of invoices and of credit notes begin with; each is counted on its own. */
  readonly series: string;
  readonly creditSeries: string;
  /** When an invoice is due, after it was made final. */
  readonly dueMs: number;
}

/** What one look for due invoices came to. */
export interface DraftedInvoices {
  readonly count: number;
  readonly hasMore: boolean;
}

/** A look for invoices that are due. */
export interface DraftRequest {
  readonly nowMs: number;
  readonly seller: InvoiceSeller;
  /** Of the job; null when an operator asks. */
  readonly fence: Fence | null;
}

/** An invoice to be made final. */
export interface FinalRequest {
  readonly id: string;
  readonly seller: InvoiceSeller;
  readonly nowMs: number;
}

/** An invoice to be made void. */
export interface InvoiceVoid {
  readonly id: string;
  readonly reason: string;
  readonly nowMs: number;
}

/** What is to be given back of a final invoice. */
export interface NoteRequest {
  readonly invoiceId: string;
  readonly id: string;
  /** Written once for each key of an invoice. */
  readonly key: string;
  /** With tax, in whole smallest units; null for everything that is left. */
  readonly amount: MoneyNano | null;
  readonly reason: string;
  readonly series: string;
  readonly nowMs: number;
}

/** What was given back of a final invoice. */
export interface CreditNote {
  readonly id: string;
  readonly invoiceId: string;
  readonly key: string;
  readonly number: string;
  readonly currency: string;
  readonly net: MoneyNano;
  readonly tax: MoneyNano;
  readonly total: MoneyNano;
  readonly reason: string;
  readonly atMs: number;
}

/** Which invoices to list: those before this place, the newest first. */
export interface InvoiceQuery {
  readonly status?: InvoiceStatus;
  readonly before?: { readonly madeAtMs: number; readonly id: string };
  readonly rowsMax: number;
}

/** A place in the list of all tenants' invoices. */
export interface InvoicePlace {
  readonly tenant: string;
  readonly id: string;
}

/** Invoices and what was given back of them. */
export interface InvoiceStore {
  /** Makes drafts of what is due. Undefined when the fence is stale. */
  draft(tenant: TenantId, request: DraftRequest): Promise<DraftedInvoices | undefined>;
  list(tenant: TenantId, query: InvoiceQuery): Promise<readonly InvoiceHead[]>;
  /** Of all tenants, for the operator: those behind this place. */
  listAll(
    status: InvoiceStatus | undefined,
    after: InvoicePlace | undefined,
    rowsMax: number,
  ): Promise<readonly InvoiceHead[]>;
  get(tenant: TenantId, id: string): Promise<Invoice | undefined>;
  /** Undefined when there is none; a final one is returned as it is. `conflict` when void. */
  finalise(tenant: TenantId, request: FinalRequest): Promise<Invoice | undefined>;
  /** Undefined when there is none; `conflict` when it is void already. */
  void(tenant: TenantId, request: InvoiceVoid): Promise<Invoice | undefined>;
  /** Undefined for no such invoice; `conflict` when it is not final, or for more than is left. */
  credit(tenant: TenantId, request: NoteRequest): Promise<CreditNote | undefined>;
  notes(tenant: TenantId, invoiceId: string): Promise<readonly CreditNote[]>;
  parts(tenant: TenantId): Promise<readonly InvoicePart[]>;
}

/** Coupons, and who was given which. */
export interface CouponStore {
  /** By name. */
  list(): Promise<readonly Coupon[]>;
  /** Rejects with `conflict` for a name that is taken, or when there are too many. */
  insert(coupon: Coupon): Promise<void>;
  given(tenant: TenantId): Promise<readonly GivenCoupon[]>;
  /**
   * Gives a tenant a coupon from its next invoice on. False when there is no such coupon or tenant;
   * `conflict` when it has it already.
   */
  give(tenant: TenantId, couponId: string, atMs: number): Promise<boolean>;
  /** Ends it; what it took off stays. False when the tenant does not have it. */
  end(tenant: TenantId, couponId: string, atMs: number): Promise<boolean>;
}

/** Whom invoices of a tenant are addressed to. */
export interface BillingDetails extends InvoiceParty {
  readonly taxRates: readonly TaxRate[];
  readonly updatedAtMs: number;
  /** Grows with each change; 0 while nothing was said. */
  readonly version: number;
}

/** What changes of billing details. */
export interface DetailsChange extends Partial<InvoiceParty> {
  readonly taxRates?: readonly TaxRate[];
  readonly atMs: number;
  readonly ifVersion: number | undefined;
}

/** Billing details of tenants. */
export interface BillingDetailsStore {
  get(tenant: TenantId): Promise<BillingDetails>;
  /** Rejects with `not_found` for no such tenant, with `conflict` for another version. */
  change(tenant: TenantId, change: DetailsChange): Promise<BillingDetails>;
}

/** A charge to be made by hand. */
export interface OneOffRequest {
  readonly key: string;
  readonly title: string;
  readonly amount: MoneyNano;
  readonly currency: string;
  readonly nowMs: number;
}

/** A charge made by hand. */
export interface StoredOneOff {
  readonly key: string;
  readonly title: string;
  readonly amount: MoneyNano;
  readonly currency: string;
  readonly subscriptionId: string;
  readonly periodStartMs: number;
  readonly atMs: number;
}

/** Charges made by hand. */
export interface OneOffStore {
  /**
   * Charges once for each key, and answers what was charged. `conflict` when the key was used for
   * something else, or the tenant is on no plan in this currency now.
   */
  charge(tenant: TenantId, request: OneOffRequest): Promise<StoredOneOff>;
  list(tenant: TenantId): Promise<readonly StoredOneOff[]>;
}
