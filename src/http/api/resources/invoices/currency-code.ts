import { z } from '@hono/zod-openapi';

/** A currency of ISO 4217. */
export const currencyCode = z
  .string()
  .refine((code) => Intl.supportedValuesOf('currency').includes(code), {
    error: 'Give a code of ISO 4217, for example USD.',
  });
