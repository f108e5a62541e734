import { z } from '@hono/zod-openapi';
import type { Analysis, AnalysisGroup, Question } from '../../../../billing/analytics/analyse.ts';
import type { CostMeasure, UsageMeasure } from '../../../../billing/analytics/store.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import {
  latencyErrorMax,
  latencyPercentile,
  type LatencyHistogram,
} from '../../../../metering/store.ts';

/** How long calls took. */
const latency = z
  .strictObject({ p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number() })
  .nullable()
  .describe(
    `Milliseconds, at most ${latencyErrorMax * 100} % from the true ones; null without calls, ` +
      'for groups over time, and for the rest on later pages.',
  );

/** What was used. */
export const usageSchema = z.strictObject({
  records: z.int(),
  calls: z.int().describe('Records without the further parts of long calls.'),
  durationMs: z.number(),
  latencyMs: latency,
  bytesIn: z.int(),
  bytesOut: z.int(),
  tokens: z.int(),
  events: z.int(),
});

const decimal = z.string().describe('A decimal as text.');

/** What was charged. */
export const costSchema = z.strictObject({
  charges: z.int(),
  amount: decimal,
  provisional: decimal.describe('The part of it that is of an open period and may change.'),
  final: decimal.describe('The part of it that is of closed periods.'),
});

/** Names what a group is: its values by what they are of. */
export const groupSchema = z
  .record(z.string(), z.string())
  .describe('An empty text for what is due to none, such as usage of no service.');

/** The schema of an answer about usage or costs. */
export function analysisSchema<Sums extends z.ZodObject>(sums: Sums, name: string) {
  const bucket = z.strictObject({
    startMs: z.int(),
    endMs: z.int(),
    total: sums,
    groups: z.array(sums).describe('In the order of the groups of the answer.'),
    other: sums.nullable(),
  });
  return z
    .strictObject({
      fromMs: z.int(),
      toMs: z.int(),
      timeZone: z.string().describe('In which days are counted.'),
      complete: z.boolean().describe('False while sums are being made again.'),
      currency: z.string().nullable().optional().describe('Of all amounts; null without any.'),
      currencies: z.array(z.string()).optional().describe('All that there are in this time.'),
      total: sums,
      groups: z.array(z.strictObject({ group: groupSchema, ...sums.shape })),
      other: sums
        .nullable()
        .describe('What is in none of the groups up to here; null when groups overlap.'),
      nextCursor: z.string().nullable(),
      series: z.array(bucket).nullable(),
    })
    .openapi(name);
}

/** Usage as an answer shows it. */
export function usageJson(measure: UsageMeasure): z.output<typeof usageSchema> {
  const { durationMicros, latency: histogram, ...sums } = measure;
  const { records, calls, bytesIn, bytesOut, tokens, events } = sums;
  return {
    records,
    calls,
    durationMs: durationMicros / 1000,
    latencyMs: latencyJson(histogram, calls),
    bytesIn,
    bytesOut,
    tokens,
    events,
  };
}

/** Nothing where durations were not read for all calls. */
function latencyJson(histogram: LatencyHistogram, calls: number): z.output<typeof latency> {
  const counted = [...histogram.values()].reduce((sum, count) => sum + count, 0);
  if (calls === 0 || counted !== calls) return null;
  const at = (share: number): number => latencyPercentile(histogram, share) ?? 0;
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

/** Costs as an answer shows them. */
export function costJson({ charges, amount, provisional }: CostMeasure) {
  return {
    charges,
    amount: formatMoney(amount),
    provisional: formatMoney(provisional),
    final: formatMoney(amount - provisional),
  };
}

/** A group's values by what they are of. */
export function groupJson(by: readonly AnalysisGroup[], group: readonly string[]) {
  return Object.fromEntries(by.map((name, place) => [name, group[place] ?? '']));
}

/** A whole answer. */
export function analysisJson<Measure, Json extends object>(
  { range, timeZone, by }: Question,
  { total, groups, other, next, series }: Analysis<Measure>,
  show: (measure: Measure) => Json,
) {
  const shownOther = (measure: Measure | undefined) =>
    measure === undefined ? null : show(measure);
  return {
    fromMs: range.startMs,
    toMs: range.endMs,
    timeZone,
    total: show(total),
    groups: groups.map(({ group, measure }) => ({ group: groupJson(by, group), ...show(measure) })),
    other: by.length === 0 ? null : shownOther(other),
    nextCursor: next === undefined ? null : String(next),
    series:
      series?.map((bucket) => ({
        startMs: bucket.startMs,
        endMs: bucket.endMs,
        total: show(bucket.total),
        groups: bucket.groups.map(show),
        other: by.length === 0 ? null : shownOther(bucket.other),
      })) ?? null,
  };
}
