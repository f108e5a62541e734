import { z } from 'zod';
import { limits } from '../../kernel/limits.ts';

const line = z.string().max(limits.billingNameCharactersMax).default('');

const series = z
  .string()
  .regex(/^[A-Z0-9][A-Z0-9/-]{0,15}$/, 'must be at most 16 of A-Z, 0-9, - and /');

const seller = z.strictObject({
  name: line.describe('Who sends invoices; without it none can be made final.'),
  address: z
    .string()
    .max(limits.billingAddressCharactersMax)
    .default('')
    .describe('Its address, with line breaks.'),
  taxId: line.describe('Its tax number, as it is printed.'),
  email: line.describe('Where to ask about an invoice.'),
});

/** What usage costs, how it is paid ahead, who sends invoices and how they are numbered. */
export const billingSchema = z
  .strictObject({
    demoPlan: z
      .boolean()
      .default(false)
      .describe(
        'Whether a start publishes a small plan and puts the first tenant on it, when it was ' +
          'never on one: to see prices and costs at once.',
      ),
    leaseMs: z
      .int()
      .min(1_000)
      .max(3_600_000)
      .default(limits.poolLeaseMs)
      .describe('How long an instance may spend what it borrowed of credit and budgets.'),
    leaseGraceMs: z
      .int()
      .min(0)
      .max(7 * 86_400_000)
      .default(limits.poolLeaseGraceMs)
      .describe(
        'How long after that what a dead instance borrowed stays set aside for its records. ' +
          'Longer than clocks differ, and than an instance is away.',
      ),
    seller: seller.prefault({}).describe('Who sends invoices.'),
    invoiceSeries: series
      .default('INV-')
      .describe('What numbers of invoices begin with; a series has no gaps.'),
    creditNoteSeries: series.default('CN-').describe('What numbers of credit notes begin with.'),
    dueDays: z
      .int()
      .min(0)
      .max(365)
      .default(30)
      .describe('Days from when an invoice is made final to when it is due.'),
  })
  .refine(({ invoiceSeries, creditNoteSeries }) => invoiceSeries !== creditNoteSeries, {
    path: ['creditNoteSeries'],
    error: 'must differ from billing.invoiceSeries, for each is counted on its own',
  });
