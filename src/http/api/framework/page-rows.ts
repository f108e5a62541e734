import { z } from '@hono/zod-openapi';
import { limits } from '../../../kernel/limits.ts';

/** Rows of a page unless a request says otherwise. */
export const DEFAULT_PAGE_ROWS = 100;

/** How many rows a page may have. */
export const pageRows = z
  .string()
  .regex(/^\d{1,6}$/, 'Give a whole number.')
  .transform(Number)
  .refine((rows) => rows >= 1 && rows <= limits.apiPageRowsMax, {
    error: `Give 1 to ${limits.apiPageRowsMax}`,
  })
  .openapi({
    type: 'integer',
    minimum: 1,
    maximum: limits.apiPageRowsMax,
    default: DEFAULT_PAGE_ROWS,
  });
