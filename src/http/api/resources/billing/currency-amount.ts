import { z } from '@hono/zod-openapi';

/** What came together in one currency, as the API shows it. */
export const currencyAmount = z
  .strictObject({ currency: z.string(), amount: z.string().describe('A decimal as text.') })
  .openapi('CurrencyAmount');

/** What was used, as the API shows it. */
export const usedSum = z
  .strictObject({
    records: z.int(),
    bytesIn: z.int(),
    bytesOut: z.int(),
    durationMs: z.number(),
  })
  .openapi('UsedSum');
