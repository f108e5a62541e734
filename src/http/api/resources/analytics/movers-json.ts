import { z } from '@hono/zod-openapi';
import type { Question } from '../../../../billing/analytics/analyse.ts';
import type { Mover } from '../../../../billing/analytics/find-movers.ts';
import { groupJson, groupSchema } from './analytics-json.ts';
import { pageShape } from './analytics-query.ts';

/** What a question about movers may say besides. */
export const moversShape = {
  top: pageShape.top,
  order: z
    .enum(['change', 'share'])
    .describe('By how much it changed, or by how much its share of the total did.')
    .optional(),
};

/** The schema of an answer about what changed. */
export function moversSchema<Sums extends z.ZodObject>(sums: Sums, name: string) {
  return z
    .strictObject({
      beforeFromMs: z.int(),
      fromMs: z.int(),
      toMs: z.int(),
      timeZone: z.string(),
      currency: z.string().nullable().optional(),
      movers: z.array(
        z.strictObject({
          group: groupSchema,
          before: sums,
          now: sums,
          change: z.string().describe('A decimal as text: records, or an amount.'),
          changePercent: z.string().nullable().describe('Null for what was nothing before.'),
          sharePoints: z.string().describe('Percentage points of the total, as text.'),
        }),
      ),
    })
    .openapi(name);
}

/** An answer about what changed. */
export function moversJson<Measure, Json>(
  before: Question,
  { range, timeZone, by }: Question,
  movers: readonly Mover<Measure>[],
  show: (measure: Measure) => Json,
  showChange: (change: bigint) => string,
) {
  return {
    beforeFromMs: before.range.startMs,
    fromMs: range.startMs,
    toMs: range.endMs,
    timeZone,
    movers: movers.map((mover) => ({
      group: groupJson(by, mover.group),
      before: show(mover.before),
      now: show(mover.now),
      change: showChange(mover.change),
      changePercent:
        mover.changeMillionths === undefined ? null : percentText(mover.changeMillionths),
      sharePoints: percentText(mover.shareMillionths),
    })),
  };
}

/** Millionths as per cent with four decimals. */
function percentText(millionths: bigint): string {
  const sign = millionths < 0n ? '-' : '';
  const digits = (millionths < 0n ? -millionths : millionths).toString().padStart(5, '0');
  return `${sign}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
