import { z } from '@hono/zod-openapi';

const TIME_FIX = 'Give epoch milliseconds or an ISO 8601 time with its zone.';

/** A moment as epoch milliseconds or as ISO 8601 text; becomes epoch milliseconds. */
export const moment = z
  .string()
  .transform((text) => (/^\d{1,15}$/.test(text) ? Number(text) : isoMoment(text)))
  .refine((ms) => Number.isFinite(ms), { error: TIME_FIX })
  .openapi({ type: 'string', example: '2026-01-01T00:00:00Z' });

function isoMoment(text: string): number {
  return z.iso.datetime({ offset: true }).safeParse(text).success ? Date.parse(text) : Number.NaN;
}
