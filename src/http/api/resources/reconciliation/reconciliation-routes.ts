import { z } from '@hono/zod-openapi';
import type { Reconciliation } from '../../../../billing/store.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';

const money = z.string().describe('An exact decimal.');

const sumsSchema = z
  .strictObject({
    currency: z.string().describe('ISO 4217.'),
    metered: money,
    charged: money,
    posted: money,
    balance: money,
    invoiced: money.describe('What is on invoices, and what waits for one.'),
  })
  .openapi('BillingSums');

const resultSchema = z
  .strictObject({
    checkedAtMs: z.int().nullable().describe('Epoch milliseconds; null before the first look.'),
    agrees: z.boolean().nullable().describe('Null before the first look.'),
    records: z
      .strictObject({ recorded: z.int(), rated: z.int(), pending: z.int(), setAside: z.int() })
      .nullable(),
    charges: z.int().nullable().describe('Charges for records.'),
    sums: z.array(sumsSchema).describe('The same money, added up in five places.'),
    differences: z.array(z.string()).describe('What does not agree, in sentences.'),
  })
  .openapi('BillingReconciliation');

const nothing = { checkedAtMs: null, agrees: null, records: null, charges: null };

/** Whether what the tenant used was rated, charged and posted. */
export function reconciliationRoutes({ reconciliations }: ApiDeps): ApiRoute[] {
  return [
    defineRoute({
      method: 'get',
      paths: ['/api/v1/billing/reconciliation'],
      operationIds: ['getBillingReconciliation'],
      tag: 'Billing',
      summary: 'See whether the books agree with the usage',
      description: 'What the last standing check found; it is made once an hour.',
      permission: 'billing.read',
      answers: { 200: { description: 'The last result.', schema: resultSchema } },
      handle: async ({ principal }) => {
        const result = await reconciliations.get(principal.tenant);
        return respondJson(200, reconciliationJson(result));
      },
    }),
  ];
}

function reconciliationJson(result: Reconciliation | undefined): z.infer<typeof resultSchema> {
  if (result === undefined) return { ...nothing, sums: [], differences: [] };
  const { atMs, figures, differences } = result;
  const { recorded, rated, pending, setAside } = figures;
  return {
    checkedAtMs: atMs,
    agrees: differences.length === 0,
    records: { recorded, rated, pending, setAside },
    charges: figures.chargesKept,
    sums: figures.sums.map(({ currency, metered, charged, posted, balance, invoiced }) => ({
      currency,
      metered: formatMoney(metered),
      charged: formatMoney(charged),
      posted: formatMoney(posted),
      balance: formatMoney(balance),
      invoiced: formatMoney(invoiced),
    })),
    differences: [...differences],
  };
}
