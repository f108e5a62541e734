import { z } from '@hono/zod-openapi';
import { periodAt } from '../../../../billing/periods/period-at.ts';
import { billingRuleSchema } from '../../../../billing/plans/plan-terms-schema.ts';
import { orderRules } from '../../../../billing/rules/specificity.ts';
import type { CurrencyAmount, TimeRange } from '../../../../billing/statements/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import { principalBound } from '../../../../policy/limits/effective-bound.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';
import { currentPlan, type OwnPlan } from './current-plan.ts';
import { currencyAmount, usedSum } from './currency-amount.ts';
import { ownSpending, ownSpendingOf } from './own-spending.ts';
import { timeRange } from './time-range.ts';

const MINUTE_MS = 60_000;

const planSchema = z.strictObject({
  name: z.string(),
  number: z.int().describe('The number of its version.'),
  currency: z.string(),
  periodStartsAtMs: z.int(),
  periodEndsAtMs: z.int(),
  includes: z
    .strictObject({
      services: z.array(z.string()).optional(),
      tools: z.array(z.string()).optional(),
    })
    .nullable()
    .describe('Null when everything is included, or when the caller sees only a part.'),
  prices: z
    .array(billingRuleSchema)
    .nullable()
    .describe('For who has billing.read, and for everybody where the plan shows prices.'),
});

const meSchema = z
  .strictObject({
    fromMs: z.int().describe('The start of the billing period; 30 days ago without a plan.'),
    toMs: z.int(),
    plan: planSchema.nullable().describe('Null where usage costs nothing.'),
    usage: usedSum,
    cost: z.array(currencyAmount).describe('Provisional while the period is open.'),
    keys: z
      .array(
        z.strictObject({
          grantId: z.string(),
          name: z.string().nullable().describe('Null for what is no API key.'),
          usage: usedSum,
          cost: z.array(currencyAmount),
        }),
      )
      .describe(`What the caller came in by, the ${limits.statementGrantsMax} most used.`),
    limits: z
      .strictObject({
        requestsPerMinute: z.number().nullable(),
        burst: z.number().nullable(),
        concurrent: z.int().nullable(),
      })
      .nullable()
      .describe('What the tenant allows the caller; null when it sets no bound.'),
    ...ownSpending,
    tenant: z
      .strictObject({ usage: usedSum, cost: z.array(currencyAmount) })
      .nullable()
      .describe('Everybody together, for who has billing.read.'),
  })
  .openapi('OwnBilling');

/** What the caller itself used and cost in the period of now. */
export function billingMeRoutes(deps: ApiDeps): ApiRoute[] {
  return [meRoute(deps)];
}

const meRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/billing/me'],
    operationIds: ['getOwnBilling'],
    tag: 'Billing',
    summary: 'See what you used and what it costs',
    description:
      'Plan, usage, costs, keys, budgets and credit of the caller in the billing period of now; ' +
      'with billing.read those of the tenant too. A charge is there seconds after what it is for.',
    permission: 'admitted',
    answers: { 200: { description: 'From the start of the period until now.', schema: meSchema } },
    handle: async ({ principal }) => {
      const { billing, now, drainUsage } = deps;
      await drainUsage();
      const own = await currentPlan(billing, principal.tenant, now());
      const range = rangeOf(own, now());
      const { tenant, subject, permissions } = principal;
      const rowsMax = limits.statementGrantsMax;
      const all = await billing.statements.ofUser(tenant, subject.id, range, rowsMax);
      // Who sees a part of the services sees itself, and nothing of the other keys.
      const isPart = permissions.layers.length > 0;
      const grants = isPart ? all.filter(({ grantId }) => grantId === principal.grantId) : all;
      const names = new Map(
        (await deps.identity.apiKeys.list(tenant)).map(({ id, name }) => [id, name]),
      );
      const keys = grants.map(({ grantId, charged, ...usage }) => ({
        grantId,
        name: names.get(grantId) ?? null,
        usage,
        cost: charged.map(amountJson),
      }));
      const seesAll = permissions.actions.has('billing.read');
      return respondJson(200, {
        ...range,
        plan: own === undefined ? null : await planJson(deps, own, principal, range),
        usage: sumUsage(grants),
        cost: sumAmounts(grants.flatMap(({ charged }) => charged)),
        keys,
        limits: await boundOf(deps, principal),
        ...(await ownSpendingOf(deps, principal, own?.version.terms.showCost === true)),
        tenant: seesAll ? await tenantJson(deps, principal, range) : null,
      });
    },
  });

function rangeOf(own: OwnPlan | undefined, nowMs: number): TimeRange {
  const range = timeRange({}, nowMs);
  if (own === undefined) return range;
  const { anchorMs, timeZone, startsAtMs } = own.subscription;
  const { startMs } = periodAt(anchorMs, timeZone, own.version.terms.period, nowMs);
  return { fromMs: Math.max(startMs, startsAtMs), toMs: range.toMs };
}

async function planJson(
  { billing }: ApiDeps,
  { subscription, version }: OwnPlan,
  { permissions: { layers, actions } }: Principal,
  { toMs }: TimeRange,
): Promise<z.output<typeof planSchema>> {
  const { terms, number, planId } = version;
  const { anchorMs, timeZone } = subscription;
  const period = periodAt(anchorMs, timeZone, terms.period, toMs - 1);
  const plan = await billing.plans.get(planId);
  // Names of services and tools are for who may see them all.
  const seesPrices = actions.has('billing.read') || (terms.showPrices === true && !layers.length);
  return {
    name: plan?.name ?? '',
    number,
    currency: terms.currency,
    periodStartsAtMs: period.startMs,
    periodEndsAtMs: period.endMs,
    includes: layers.length > 0 ? null : includesJson(terms.includes),
    prices: seesPrices ? (orderRules(terms.rules) as z.output<typeof billingRuleSchema>[]) : null,
  };
}

function includesJson(includes: OwnPlan['version']['terms']['includes']) {
  if (includes === undefined) return null;
  const { services, tools } = includes;
  return {
    ...(services === undefined ? {} : { services: [...services] }),
    ...(tools === undefined ? {} : { tools: [...tools] }),
  };
}

async function boundOf({ policy }: ApiDeps, { tenant, permissions: { roles } }: Principal) {
  const { bounds } = await policy.store.settings(tenant);
  const bound = principalBound(roles, {}, bounds);
  if (bound === undefined) return null;
  const { intervalMs, burst, concurrent } = bound;
  return {
    requestsPerMinute: intervalMs === undefined ? null : MINUTE_MS / intervalMs,
    burst: burst === Infinity ? null : burst,
    concurrent: concurrent === Infinity ? null : concurrent,
  };
}

async function tenantJson({ billing }: ApiDeps, { tenant }: Principal, range: TimeRange) {
  const usage = await billing.statements.used(tenant, range);
  const charged = await billing.statements.charged(tenant, range);
  return { usage, cost: charged.map(amountJson) };
}

function sumUsage(all: readonly z.output<typeof usedSum>[]): z.output<typeof usedSum> {
  const sum = (member: keyof z.output<typeof usedSum>) =>
    all.reduce((total, one) => total + one[member], 0);
  return {
    records: sum('records'),
    bytesIn: sum('bytesIn'),
    bytesOut: sum('bytesOut'),
    durationMs: sum('durationMs'),
  };
}

function sumAmounts(all: readonly CurrencyAmount[]) {
  const sums = new Map<string, bigint>();
  for (const { currency, amount } of all) {
    sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  }
  return [...sums].map(([currency, amount]) => amountJson({ currency, amount }));
}

function amountJson({ currency, amount }: CurrencyAmount) {
  return { currency, amount: formatMoney(amount) };
}
