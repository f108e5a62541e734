import { z } from '@hono/zod-openapi';
import {
  daySeries,
  localDays,
  localDayStart,
  localWeekday,
  wholeHours,
} from '../../../../billing/analytics/analytics-times.ts';
import { forecastCost, type DayCost } from '../../../../billing/analytics/forecast-cost.ts';
import { seriesTotals, totalOf } from '../../../../billing/analytics/analyse.ts';
import { costArithmetic } from '../../../../billing/analytics/arithmetic.ts';
import { periodAt, type Period } from '../../../../billing/periods/period-at.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';

const DAY_MS = 86_400_000;
/** Days before today that are looked at: four whole weeks. */
const DAYS_BEFORE = 28;

const methods = {
  weekdays:
    'What was charged so far, and for each day to come the average of complete days times how ' +
    'its weekday compares with all of them.',
  average: 'What was charged so far, and for each day to come the average of complete days.',
  so_far: 'What was charged so far: there is no complete day yet.',
} as const;

const schema = z
  .strictObject({
    period: z
      .strictObject({ startMs: z.int(), endMs: z.int(), timeZone: z.string() })
      .nullable()
      .describe('The billing period of now; null for a tenant that is on no plan.'),
    currency: z.string().nullable(),
    soFar: z.string().nullable().describe('A decimal as text.'),
    forecast: z.string().nullable().describe('At the end of the period. A decimal as text.'),
    provisional: z.literal(true).describe('The period is open: all of it may change.'),
    method: z.enum(['weekdays', 'average', 'so_far']).nullable(),
    explanation: z.string().nullable(),
    days: z.int().describe('Complete days that the forecast is made from.'),
  })
  .openapi('CostForecast');

const nothing = {
  period: null,
  currency: null,
  soFar: null,
  forecast: null,
  provisional: true,
  method: null,
  explanation: null,
  days: 0,
};

/** What the billing period of now will have cost at its end. */
export function forecastRoute({ billing, now }: ApiDeps): ApiRoute {
  return defineRoute({
    method: 'get',
    paths: ['/api/v1/analytics/cost/forecast'],
    operationIds: ['forecastCost'],
    tag: 'Analytics',
    summary: 'Forecast what the billing period will have cost',
    description:
      'From complete days of at most four weeks. What periods cost in any case is counted as far ' +
      'as it was charged, and not expected again.',
    permission: 'billing.read',
    answers: { 200: { description: 'The forecast, and how it was made.', schema } },
    handle: async ({ principal }) => {
      const { tenant } = principal;
      const subscription = await billing.subscriptions.at(tenant, now());
      const version = subscription && (await billing.plans.versionById(subscription.planVersionId));
      if (subscription === undefined || version === undefined) return respondJson(200, nothing);
      const { anchorMs, timeZone } = subscription;
      const { currency, period: length } = version.terms;
      const period = periodAt(anchorMs, timeZone, length, now());
      const days = await costDays({ billing }, { tenant, currency, timeZone, nowMs: now() });
      const soFar = await chargedIn(
        { billing },
        { tenant, currency, timeZone, nowMs: now() },
        period,
      );
      const toCome = localDays({ startMs: days.tomorrowMs, endMs: period.endMs }, timeZone).map(
        ({ startMs }) => localWeekday(startMs, timeZone),
      );
      const made = forecastCost({ ...days, soFar, toCome });
      return respondJson(200, {
        period: { startMs: period.startMs, endMs: period.endMs, timeZone },
        currency,
        soFar: formatMoney(soFar),
        forecast: formatMoney(made.amount),
        provisional: true,
        method: made.method,
        explanation: methods[made.method],
        days: made.days,
      });
    },
  });
}

interface Charged {
  readonly tenant: TenantId;
  readonly currency: string;
  readonly timeZone: string;
  readonly nowMs: number;
}

/** What usage cost on the days before today, from the first with any on, and today. */
async function costDays({ billing }: Pick<ApiDeps, 'billing'>, asked: Charged) {
  const { tenant, currency, timeZone, nowMs } = asked;
  const todayMs = localDayStart(nowMs, timeZone);
  const firstMs = localDayStart(todayMs - DAYS_BEFORE * DAY_MS + DAY_MS / 2, timeZone);
  // Noon of the next day is in it, however long today is.
  const tomorrowMs = localDayStart(todayMs + DAY_MS + DAY_MS / 2, timeZone);
  const plan = daySeries({ startMs: firstMs, endMs: tomorrowMs }, timeZone);
  const ask = (query: Parameters<typeof billing.analytics.usage>[0]) =>
    billing.analytics.costs({ ...query, currency, part: 'usage' });
  const sums = await seriesTotals(ask, costArithmetic, { tenants: [tenant], filter: {} }, plan);
  const days: DayCost[] = sums.map(({ amount }, place) => {
    const startMs = plan.buckets[place]?.startMs ?? 0;
    return { weekday: localWeekday(startMs, timeZone), amount };
  });
  const today = days.pop() ?? { weekday: localWeekday(nowMs, timeZone), amount: 0n };
  // Days before the first charge were before there was anything to charge.
  const first = days.findIndex(({ amount }) => amount !== 0n);
  return { complete: first === -1 ? [] : days.slice(first), today, tomorrowMs };
}

async function chargedIn(
  { billing }: Pick<ApiDeps, 'billing'>,
  { tenant, currency, timeZone, nowMs }: Charged,
  { startMs }: Period,
): Promise<bigint> {
  const range = wholeHours({ startMs, endMs: nowMs + 1 });
  const ask = (query: Parameters<typeof billing.analytics.usage>[0]) =>
    billing.analytics.costs({ ...query, currency });
  const question = { tenants: [tenant], range, timeZone, by: [], filter: {}, skipped: 0, top: 1 };
  return (await totalOf(ask, costArithmetic, question)).amount;
}
