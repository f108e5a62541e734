import { z } from '@hono/zod-openapi';
import { isTimeZone } from '../../../../billing/plans/find-terms-problems.ts';
import { budgetWindow } from '../../../../billing/pools/budget.ts';
import {
  availableOf,
  poolIdOf,
  readPoolId,
  type Budget,
  type BudgetAlert,
  type BudgetTerms,
  type Pool,
} from '../../../../billing/pools/store.ts';
import { parseExact, toNano } from '../../../../kernel/exact.ts';
import { limits } from '../../../../kernel/limits.ts';
import { formatMoney } from '../../../../kernel/money.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { pathId, shownName } from '../../grants/identity-fields.ts';
import { amountText, currencyCode } from './credit-json.ts';

const scope = z
  .strictObject({
    userId: pathId.optional(),
    grantId: pathId.describe('An API key, or what a token was issued for.').optional(),
    serviceId: pathId.optional(),
    tool: z
      .string()
      .min(1)
      .max(limits.ruleNameLengthMax)
      .describe('The own name of the tool, together with serviceId.')
      .optional(),
  })
  .refine(({ serviceId, tool }) => tool === undefined || serviceId !== undefined, {
    path: ['serviceId'],
    error: 'Give the service of the tool.',
  });
const unit = z.enum(['money', 'calls']);
const window = z.enum(['day', 'week', 'month', 'none']);
const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, { error: 'Give an IANA name, for example Europe/Zurich.' });
const alertPercents = z.array(z.int().min(1).max(100)).max(limits.budgetAlertsMax);
const limit = z.string().describe('An amount as text, or a whole number of calls as text.');

/** A budget. */
export const budgetSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    unit,
    limit,
    currency: z.string().nullable().describe('Null for a budget in calls.'),
    scope: z.strictObject({
      userId: z.string().optional(),
      grantId: z.string().optional(),
      serviceId: z.string().optional(),
      tool: z.string().optional(),
    }),
    window,
    timeZone: z.string(),
    alertPercents: z.array(z.int()),
    current: z
      .strictObject({
        startsAtMs: z.int().nullable(),
        endsAtMs: z.int().nullable(),
        spent: z.string(),
        held: z.string().describe('What instances hold for calls.'),
        available: z.string(),
      })
      .describe('The window of now.'),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
    version: z.int(),
  })
  .openapi('Budget');

/** All budgets of a tenant. */
export const budgetsSchema = z.strictObject({ budgets: z.array(budgetSchema) }).openapi('Budgets');

/** A new budget. */
export const budgetRequestSchema = z
  .strictObject({
    name: shownName,
    unit,
    limit: z.string().max(40).describe('An amount, or a number of calls; as text.'),
    currency: currencyCode.describe('For a budget in money.').optional(),
    scope: scope.describe('What counts; all of the tenant when it is left out.').optional(),
    window: window.describe('When it begins anew.'),
    timeZone: timeZone.describe('UTC when it is left out.').optional(),
    alertPercents: alertPercents.describe('[80, 100] when it is left out.').optional(),
  })
  .openapi('BudgetRequest');

/** What changes of a budget. */
export const budgetChangeSchema = z
  .strictObject({
    name: shownName.optional(),
    limit: z.string().max(40).optional(),
    scope: scope.optional(),
    window: window.optional(),
    timeZone: timeZone.optional(),
    alertPercents: alertPercents.optional(),
  })
  .openapi('BudgetChange');

/** Shares of budgets that were reached. */
export const budgetAlertsSchema = z
  .strictObject({
    alerts: z.array(
      z.strictObject({
        budget: z.string().describe('The id of the budget.'),
        windowStartsAtMs: z.int().nullable(),
        percent: z.int(),
        spent: z.string().describe('Billionths of a currency unit, or calls.'),
        limit: z.string().describe('Likewise.'),
        atMs: z.int(),
      }),
    ),
  })
  .openapi('BudgetAlerts');

/** The budget of a path. */
export const budgetParams = z.strictObject({ budget: pathId });

/** Reads a limit; `invalid_params` names it when it does not fit the unit. */
export function readLimit(text: string, of: Budget['unit']): bigint {
  if (of === 'money') {
    const amount = amountText.safeParse(text);
    if (amount.success) return toNano(parseExact(amount.data));
    throw limitProblem(amount.error.issues[0]?.message ?? 'Give an amount.');
  }
  const most = limits.budgetCallsMax;
  if (/^\d{1,15}$/.test(text) && BigInt(text) <= most) return BigInt(text);
  throw limitProblem(`Give a whole number of calls as text, at most "${most}".`);
}

function limitProblem(fix: string) {
  return fieldProblem([{ field: 'limit', problem: 'does not fit the unit', fix }]);
}

/** The pool of the window of now. */
export function currentPoolId(budget: BudgetTerms & Pick<Budget, 'id'>, nowMs: number): string {
  const { startMs = null, endMs = null } = budgetWindow(budget, nowMs) ?? {};
  return poolIdOf({ kind: 'budget', budgetId: budget.id, startMs, endMs });
}

/** A budget as the API shows it; `pool` is that of its window, if anything was drawn from it. */
export function budgetJson(
  budget: Budget,
  pool: Pool | undefined,
  nowMs: number,
): z.output<typeof budgetSchema> {
  const { startMs = null, endMs = null } = budgetWindow(budget, nowMs) ?? {};
  const shown = (amount: bigint): string =>
    budget.unit === 'money' ? formatMoney(amount) : String(amount);
  return {
    ...budget,
    alertPercents: [...budget.alertPercents],
    limit: shown(budget.limit),
    current: {
      startsAtMs: startMs,
      endsAtMs: endMs,
      spent: shown(pool?.spent ?? 0n),
      held: shown(pool?.outstanding ?? 0n),
      available: shown(pool === undefined ? budget.limit : availableOf(pool)),
    },
  };
}

/** An alert as the API shows it. */
export function budgetAlertJson({ poolId, percent, spent, limit: most, atMs }: BudgetAlert) {
  const key = readPoolId(poolId);
  const place =
    key.kind === 'budget'
      ? { budget: key.budgetId, windowStartsAtMs: key.startMs }
      : { budget: poolId, windowStartsAtMs: null };
  return { ...place, percent, spent: String(spent), limit: String(most), atMs };
}
