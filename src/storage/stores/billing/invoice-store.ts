import { sql } from 'kysely';
import type {
  BillingDetailsStore,
  CouponStore,
  InvoiceStore,
  OneOffStore,
} from '../../../billing/invoices/store.ts';
import type { Database, QueryBuilder } from '../database.ts';
import { toCoupon, toInvoiceHead, toOneOff, type InvoiceHeadRow } from '../rows/invoice-rows.ts';
import { moneyText } from './money-text.ts';

/** Invoices and what was given back of them. */
export function createInvoiceStore({ query, transact }: Database): InvoiceStore {
  return {
    draft: async (tenant, request) =>
      (await transact('draftInvoices', { ...request, tenant })) ?? undefined,
    list: async (tenant, { status, before, rowsMax }) => {
      const rows = await heads(query)
        .where('tenant_id', '=', tenant)
        .$if(status !== undefined, (select) => select.where('status', '=', status as 'draft'))
        .$if(before !== undefined, (select) =>
          select.where(({ eb, refTuple, tuple }) => {
            const { madeAtMs, id } = before as NonNullable<typeof before>;
            return eb(refTuple('made_at_ms', 'id'), '<', tuple(madeAtMs, id));
          }),
        )
        .orderBy('made_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(rowsMax)
        .execute();
      return rows.map((row) => toInvoiceHead(row as InvoiceHeadRow));
    },
    listAll: async (status, after, rowsMax) => {
      const rows = await heads(query)
        .$if(status !== undefined, (select) => select.where('status', '=', status as 'draft'))
        .$if(after !== undefined, (select) =>
          select.where(({ eb, refTuple, tuple }) => {
            const { tenant, id } = after as NonNullable<typeof after>;
            return eb(refTuple('tenant_id', 'id'), '>', tuple(tenant as never, id));
          }),
        )
        .orderBy('tenant_id')
        .orderBy('id')
        .limit(rowsMax)
        .execute();
      return rows.map((row) => toInvoiceHead(row as InvoiceHeadRow));
    },
    get: (tenant, id) => transact('readInvoice', { tenant, id }),
    finalise: (tenant, request) => transact('finaliseInvoice', { ...request, tenant }),
    void: (tenant, request) => transact('voidInvoice', { ...request, tenant }),
    credit: (tenant, request) => transact('creditInvoice', { ...request, tenant }),
    notes: (tenant, invoiceId) => transact('readCreditNotes', { tenant, invoiceId }),
    parts: (tenant) =>
      query
        .selectFrom('invoice_part')
        .select(['subscription_id as subscriptionId', 'period_start_ms as periodStartMs', 'part'])
        .select('invoice_id as invoiceId')
        .where('tenant_id', '=', tenant)
        .execute(),
  };
}

/** Coupons, and who was given which. */
export function createCouponStore({ query, transact }: Database): CouponStore {
  return {
    list: async () => {
      const rows = await query.selectFrom('coupon').selectAll().orderBy('name').execute();
      return rows.map(toCoupon);
    },
    insert: async (coupon) => {
      await transact('insertCoupon', coupon);
    },
    given: (tenant) => transact('readGivenCoupons', { tenant }),
    give: (tenant, couponId, atMs) => transact('giveCoupon', { tenant, couponId, atMs }),
    end: (tenant, couponId, atMs) => transact('endCoupon', { tenant, couponId, atMs }),
  };
}

/** Whom invoices are addressed to. */
export function createDetailsStore({ transact }: Database): BillingDetailsStore {
  return {
    get: (tenant) => transact('readBillingDetails', { tenant }),
    change: (tenant, change) => transact('changeBillingDetails', { tenant, change }),
  };
}

/** Charges made by hand. */
export function createOneOffStore({ query, transact }: Database): OneOffStore {
  return {
    charge: (tenant, request) => transact('chargeOneOff', { ...request, tenant }),
    list: async (tenant) => {
      const rows = await query
        .selectFrom('one_off_charge')
        .select(['charge_key as key', 'title', 'currency', 'subscription_id as subscriptionId'])
        .select(['period_start_ms as periodStartMs', 'at_ms as atMs'])
        .select(moneyText(sql.ref('amount_nano')).as('amount'))
        .where('tenant_id', '=', tenant)
        .orderBy('at_ms', 'desc')
        .orderBy('charge_key')
        .execute();
      return rows.map(toOneOff);
    },
  };
}

function heads(query: QueryBuilder) {
  return query
    .selectFrom('invoice')
    .select(['tenant_id as tenant', 'id', 'status', 'number', 'subscription_id as subscriptionId'])
    .select(['currency', 'period_start_ms as periodStartMs', 'period_end_ms as periodEndMs'])
    .select(['made_at_ms as madeAtMs', 'final_at_ms as finalAtMs', 'due_at_ms as dueAtMs'])
    .select(['void_at_ms as voidAtMs', 'void_reason as voidReason'])
    .select(moneyText(sql.ref('charges_nano')).as('charges'))
    .select(moneyText(sql.ref('credit_nano')).as('credit'))
    .select(moneyText(sql.ref('tax_nano')).as('tax'))
    .select(moneyText(sql.ref('total_nano')).as('total'));
}
