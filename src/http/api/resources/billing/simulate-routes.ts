import { z } from '@hono/zod-openapi';
import { findTermsProblems } from '../../../../billing/plans/find-terms-problems.ts';
import {
  simulateCharges,
  type TenantDifference,
} from '../../../../billing/simulation/simulate-charges.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import { createTurns } from '../../../../kernel/limits/turns.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import { tenantId, type TenantId } from '../../../../kernel/principal.ts';
import { pathId } from '../../grants/identity-fields.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { moment } from '../../framework/moment.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';
import { currencyAmount } from './currency-amount.ts';
import { timeRange } from './time-range.ts';

const requestSchema = z
  .strictObject({
    version: pathId.describe('A draft or a published version, of whatever plan.'),
    from: moment.describe('Counters begin at nothing here: best the start of a period.').optional(),
    to: moment.optional(),
    tenants: z
      .array(pathId)
      .min(1)
      .max(limits.simulatedTenantsMax)
      .describe('Those that are or were on a plan when it is left out.')
      .optional(),
  })
  .openapi('SimulationRequest');

const amount = z.string().describe('A decimal as text.');
const simulationSchema = z
  .strictObject({
    version: z.string(),
    currency: z.string(),
    fromMs: z.int(),
    toMs: z.int(),
    tenants: z.array(
      z.strictObject({
        tenant: z.string(),
        records: z.int(),
        charged: z.array(currencyAmount),
        simulated: amount,
        difference: amount
          .nullable()
          .describe('Simulated minus charged; null when that is in several currencies.'),
        rules: z.array(
          z.strictObject({
            rule: z.string(),
            charges: z.int(),
            quantity: z.string(),
            amount,
          }),
        ),
        refused: z.int().describe('Records that could not be rated.'),
        unknown: z
          .int()
          .describe('Records that keep no roles, groups or arguments: nobody asked for them then.'),
      }),
    ),
  })
  .openapi('Simulation');

/** What a price list would have come to. */
export function simulateRoutes(deps: ApiDeps): ApiRoute[] {
  const turns = createTurns({
    runningMax: 1,
    waitingMax: limits.simulationsWaitingMax,
    limit: 'simulationsWaitingMax',
  });
  return [simulateRoute(deps, turns)];
}

const simulateRoute = (
  { billing, usage, drainUsage, now }: ApiDeps,
  turns: ReturnType<typeof createTurns>,
): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/billing/simulate'],
    operationIds: ['simulateCharges'],
    tag: 'Billing',
    summary: 'Rate what was used with another price list',
    description:
      'In memory: nothing is charged. It shows of each tenant what usage from `from` to before ' +
      '`to`, the last 30 days unless they say otherwise, was charged and would have been ' +
      'charged, the largest difference first. Recurring charges are left out on both sides.',
    permission: 'plans.manage',
    body: { schema: requestSchema, example: { version: 'plv_2', tenants: ['ten_acme'] } },
    answers: { 200: { description: 'The differences.', schema: simulationSchema } },
    errors: ['not_found', 'too_many', 'invalid_params'],
    handle: async ({ body: { version: id, from, to, tenants } }) => {
      const version = await billing.plans.versionById(id);
      if (version === undefined) throw new GatewayError('not_found');
      const problems = findTermsProblems(version.terms).slice(0, limits.apiFieldErrorsMax);
      if (problems.length > 0) throw fieldProblem(problems);
      const range = timeRange({ from, to }, now());
      const asked = tenants?.map(tenantId) ?? (await subscribed(billing));
      const context = { ...billing, usage, slugsOf: slugsBy(billing) };
      const differences = await turns(async () => {
        await drainUsage();
        return simulateCharges(context, { version, range, tenants: [...new Set(asked)] });
      });
      const { currency } = version.terms;
      const shown = differences.map(differenceJson);
      return respondJson(200, { version: id, currency, ...range, tenants: shown });
    },
  });

async function subscribed({ charges }: ApiDeps['billing']): Promise<readonly TenantId[]> {
  const tenants = await charges.subscribedTenants();
  if (tenants.length <= limits.simulatedTenantsMax) return tenants;
  const problem = `is missing, and more than ${limits.simulatedTenantsMax} are on a plan`;
  throw fieldProblem([{ field: 'tenants', problem, fix: 'Name some of them.' }]);
}

/** What services are called now, and what those were called that were rated before. */
function slugsBy({ services, verifications }: ApiDeps['billing']) {
  return async (tenant: TenantId): Promise<ReadonlyMap<string, string>> => {
    const now = (await services.list(tenant)).map(({ id, slug }) => [id, slug] as const);
    return new Map([...now, ...(await verifications.services(tenant))]);
  };
}

function differenceJson({ amount: simulated, difference, charged, ...one }: TenantDifference) {
  return {
    tenant: one.tenant,
    records: one.records,
    charged: charged.map((sum) => ({ ...sum, amount: formatMoney(sum.amount) })),
    simulated: formatMoney(simulated),
    difference: difference === null ? null : formatMoney(difference),
    rules: one.rules.map(({ ruleId, charges, quantity, amount: sum }) => ({
      rule: ruleId,
      charges,
      quantity,
      amount: formatMoney(sum),
    })),
    refused: one.refused,
    unknown: one.unknown,
  };
}
