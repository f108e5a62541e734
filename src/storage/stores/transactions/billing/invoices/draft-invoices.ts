import {
  assembleDocument,
  chargeLines,
  invoiceId,
  type AssembledInvoice,
  type DraftedInvoices,
  type DraftRequest,
  type InvoiceSeller,
  type OpenLine,
} from '../../../../../billing/invoices/store.ts';
import type { SubscribedPlan } from '../../../../../billing/store.ts';
import { limits } from '../../../../../kernel/limits.ts';
import type { TenantId } from '../../../../../kernel/principal.ts';
import { sql } from '../../../sql.ts';
import type { TransactionMemo } from '../../../transaction-memo.ts';
import { change, type Steps } from '../../../transaction.ts';
import { holdsFence } from '../../leases.ts';
import { tellInvoice } from '../../webhooks/tell-invoice.ts';
import { subscribedPlans } from '../subscribed-plans.ts';
import { creditPaid } from './credit-paid.ts';
import { detailsOf } from './billing-details.ts';
import { discountInvoice } from './discount-invoice.ts';
import { dueInvoices, type DueInvoice } from './due-parts.ts';
import { gatherCharges } from './gather-charges.ts';
import { planSnapshot } from './plan-snapshot.ts';

/**
 * Makes drafts of what is due for a tenant: gathers its charges, takes its coupons off. Null when
 * another holds the job.
 */
export function* draftInvoices(
  { tenant, nowMs, seller, fence }: DraftRequest & { readonly tenant: TenantId },
  { billing }: TransactionMemo,
): Steps<DraftedInvoices | null> {
  if (fence !== null && !(yield* holdsFence(fence))) return null;
  const due = yield* dueInvoices(tenant, yield* subscribedPlans(tenant, billing), nowMs);
  let count = 0;
  for (const one of due.slice(0, limits.invoicesPerLookMax)) {
    if (yield* draftInvoice(tenant, one, seller, nowMs)) count++;
  }
  return { count, hasMore: due.length > limits.invoicesPerLookMax };
}

/** Makes one draft; false when there is nothing to put on it. */
function* draftInvoice(
  tenant: TenantId,
  { plan, parts }: DueInvoice,
  seller: InvoiceSeller,
  nowMs: number,
): Steps<boolean> {
  const [main] = parts;
  const id = invoiceId(tenant, main);
  const source = yield* gatherCharges(tenant, plan, parts);
  const isEmpty = source.sums.length === 0;
  for (const { subscriptionId, periodStartMs, part } of parts) {
    yield* change(sql`INSERT INTO invoice_part (tenant_id, subscription_id, period_start_ms, part,
        invoice_id)
      VALUES (${tenant}, ${subscriptionId}, ${periodStartMs}, ${part}, ${isEmpty ? null : id})`);
  }
  if (isEmpty) return false;
  const lines = chargeLines(source);
  const { periodStartMs, periodEndMs } = main;
  const about = { tenant, id, plan, periodStartMs, periodEndMs, nowMs };
  const all = [...lines, ...(yield* discountInvoice(about, lines))];
  const assembled = yield* assemble(tenant, plan, all, seller);
  yield* insertDraft(about, assembled);
  return true;
}

function* assemble(
  tenant: TenantId,
  plan: SubscribedPlan,
  lines: readonly OpenLine[],
  seller: InvoiceSeller,
): Steps<AssembledInvoice> {
  const { taxRates, ...customer } = yield* detailsOf(tenant);
  const { terms } = plan.version;
  const charges = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const { name, address, taxId, email } = seller;
  return assembleDocument({
    currency: terms.currency,
    rounding: terms.rounding,
    lines,
    credit: yield* creditPaid(tenant, terms.currency, charges),
    taxRates,
    seller: { name, address, taxId, email },
    customer: {
      name: customer.name,
      address: customer.address,
      taxId: customer.taxId,
      email: customer.email,
    },
    plan: yield* planSnapshot(plan, lines),
    timeZone: plan.subscription.timeZone,
  });
}

function* insertDraft(
  {
    tenant,
    id,
    plan,
    periodStartMs,
    periodEndMs,
    nowMs,
  }: {
    readonly tenant: TenantId;
    readonly id: string;
    readonly plan: SubscribedPlan;
    readonly periodStartMs: number;
    readonly periodEndMs: number;
    readonly nowMs: number;
  },
  { document, charges, credit, tax, total }: AssembledInvoice,
): Steps<null> {
  const { currency } = plan.version.terms;
  yield* change(sql`INSERT INTO invoice (tenant_id, id, status, number, subscription_id, currency,
      period_start_ms, period_end_ms, made_at_ms, final_at_ms, due_at_ms, void_at_ms, void_reason,
      charges_nano, credit_nano, tax_nano, total_nano, document, version)
    VALUES (${tenant}, ${id}, 'draft', NULL, ${plan.subscription.id}, ${currency},
      ${periodStartMs}, ${periodEndMs}, ${nowMs}, NULL, NULL, NULL, NULL, ${charges}, ${credit},
      ${tax}, ${total}, ${JSON.stringify(document)}, 1)`);
  const dates = { madeAtMs: nowMs, finalAtMs: null, dueAtMs: null, voidAtMs: null };
  const head = {
    id,
    status: 'draft',
    number: null,
    subscriptionId: plan.subscription.id,
    currency,
    periodStartMs,
    periodEndMs,
    ...dates,
    voidReason: null,
    charges,
    credit,
    tax,
    total,
  } as const;
  return yield* tellInvoice(tenant, 'drafted', head, nowMs);
}
