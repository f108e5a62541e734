import { z } from '@hono/zod-openapi';
import type { Exporter } from '../../../../billing/export/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { titleSchema } from '../services/registration.ts';

/** The parameter of an exporter's path. */
export const exporterParams = z.strictObject({
  exporter: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
});

const url = z
  .string()
  .max(limits.webhookUrlLengthMax)
  .regex(/^https?:\/\/[^@/?#]+([/?#].*)?$/, 'Give an http: or https: URL without a user.')
  .refine((text) => URL.canParse(text), 'Give an http: or https: URL.');

const code = z.string().min(1).max(limits.exportCodeLengthMax);

const codes = z
  .record(z.string().min(1).max(limits.ruleNameLengthMax), code)
  .refine((all) => Object.keys(all).length <= limits.exportCodesMax, {
    error: `Give at most ${limits.exportCodesMax}.`,
  })
  .describe(
    'What the vendor calls a rule (by its id) or a unit; the rule comes first, and what is not ' +
      'named is not sent. Absent: everything, under the name of its unit.',
  )
  .optional();

const settings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('stripe'),
    customer: code.describe('Customer there: `cus_…`.'),
    url: url.describe('Another address than https://api.stripe.com.').optional(),
    codes,
  }),
  z.strictObject({
    kind: z.literal('stripe_invoices').describe('Final invoices, line by line.'),
    customer: code.describe('Customer there: `cus_…`.'),
    collection: z
      .enum(['send_invoice', 'charge_automatically'])
      .describe('Sent to the customer, or taken from what it pays by.')
      .default('send_invoice'),
    finalise: z
      .boolean()
      .describe('Made final there at once; otherwise it stays a draft until somebody looked at it.')
      .default(false),
    url: url.describe('Another address than https://api.stripe.com.').optional(),
  }),
  z.strictObject({
    kind: z.literal('openmeter'),
    url: url.describe('For example https://openmeter.cloud.'),
    subject: code.describe('The customer there.'),
    codes,
  }),
  z.strictObject({
    kind: z.literal('lago'),
    url: url.describe('For example https://api.getlago.com.'),
    subscription: code.describe('`external_subscription_id` there.'),
    codes,
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    url,
    format: z.enum(['json', 'ndjson']).describe('An array, or one object a line.'),
    codes,
  }),
]);

const credential = z
  .string()
  .min(16)
  .max(limits.secretLengthMax)
  .describe('Key of the vendor, or the secret that signs posts; kept sealed, never shown.');

/** An exporter to be made. */
export const newExporterSchema = z
  .strictObject({
    name: titleSchema,
    settings,
    credential,
    enabled: z.boolean().optional(),
    from: z
      .enum(['beginning', 'now'])
      .describe('All charges there are, or those from now on; `now` when absent.')
      .optional(),
  })
  .openapi('NewExporter');

/** What changes of an exporter. */
export const exporterChangeSchema = z
  .strictObject({ name: titleSchema, settings, credential, enabled: z.boolean() })
  .partial()
  .openapi('ExporterChange');

/** An exporter as it is shown. */
export const exporterSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    settings,
    enabled: z.boolean(),
    exported: z.int().describe('Charges, or invoices, that the vendor has.'),
    skipped: z.int().describe('Charges that are not to be sent.'),
    failures: z.int().describe('Tries that failed since the last success.'),
    nextAtMs: z.int(),
    lastProblem: z.string().nullable(),
    lastAtMs: z.int().nullable(),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
    version: z.int(),
  })
  .openapi('Exporter');

/** The exporters of a tenant. */
export const exportersSchema = z
  .strictObject({ exporters: z.array(exporterSchema) })
  .openapi('Exporters');

/** Charges that a vendor never takes. */
export const refusedSchema = z
  .strictObject({
    refused: z.array(
      z.strictObject({
        eventId: z.string().describe('What the vendor would know it by.'),
        chargeKey: z.string(),
        rule: z.string(),
        isVoid: z.boolean().describe('Whether it takes a charge back.'),
        reason: z.string(),
        atMs: z.int(),
        sinceMs: z
          .int()
          .nullable()
          .describe('Since when it may have arrived all the same; null when it surely has not.'),
        retryAtMs: z.int().nullable().describe('When it was asked to be sent once more.'),
      }),
    ),
  })
  .openapi('RefusedExports');

/** Which refused charges and invoices are sent once more. */
export const retrySchema = z
  .strictObject({
    events: z
      .array(z.string().min(1).max(limits.exportCodeLengthMax))
      .max(limits.exportRetriesMax)
      .describe('Their `eventId`s, or ids of invoices; all when absent.')
      .optional(),
  })
  .openapi('ExportRetry');

/** How many are sent once more. */
export const retriedSchema = z
  .strictObject({ marked: z.int().describe('Those that are sent before all others.') })
  .openapi('ExportRetried');

/** Invoices that an exporter has brought to its vendor, or is about to. */
export const exportedInvoicesSchema = z
  .strictObject({
    invoices: z.array(
      z.strictObject({
        invoiceId: z.string(),
        state: z.enum(['sending', 'sent', 'refused']),
        customer: z.string(),
        vendorId: z.string().nullable().describe('What the vendor calls it.'),
        reason: z.string().nullable(),
        sinceMs: z.int(),
        atMs: z.int(),
      }),
    ),
  })
  .openapi('ExportedInvoices');

/** An exporter as it is shown; its credential is not. */
export function exporterJson(exporter: Exporter): z.input<typeof exporterSchema> {
  const { acknowledged: _, sending: _sending, sendingSinceMs: _since, ...shown } = exporter;
  return shown;
}
