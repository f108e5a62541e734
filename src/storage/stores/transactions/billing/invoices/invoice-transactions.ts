import type {
  BillingDetails,
  CreditNote,
  GivenCoupon,
  Invoice,
} from '../../../../../billing/invoices/store.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import type { Steps } from '../../../transaction.ts';
import { changeDetails, detailsOf } from './billing-details.ts';
import { endCoupon, givenCoupons, giveCoupon, insertCoupon } from './coupons.ts';
import { draftInvoices } from './draft-invoices.ts';
import { finaliseInvoice } from './finalise-invoice.ts';
import { creditInvoice, voidInvoice } from './void-invoice.ts';
import { chargeOneOff } from './one-off.ts';
import { storedInvoice, storedNotes } from './stored-invoice.ts';

/** A request about a tenant. */
export interface OfTenant {
  readonly tenant: TenantId;
}

/** The named transactions of invoices and what makes them. */
export const invoiceTransactions = {
  draftInvoices,
  finaliseInvoice,
  voidInvoice,
  creditInvoice,
  insertCoupon,
  giveCoupon,
  endCoupon,
  chargeOneOff,
  changeBillingDetails: changeDetails,
  readInvoice: ({ tenant, id }: OfTenant & { readonly id: string }): Steps<Invoice | undefined> =>
    storedInvoice(tenant, id),
  readCreditNotes: ({
    tenant,
    invoiceId,
  }: OfTenant & { readonly invoiceId: string }): Steps<readonly CreditNote[]> =>
    storedNotes(tenant, invoiceId),
  readGivenCoupons: ({ tenant }: OfTenant): Steps<readonly GivenCoupon[]> => givenCoupons(tenant),
  readBillingDetails: ({ tenant }: OfTenant): Steps<BillingDetails> => detailsOf(tenant),
} as const;
