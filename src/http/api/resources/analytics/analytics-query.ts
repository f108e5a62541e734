import { z } from '@hono/zod-openapi';
import type { AnalysisGroup, Question } from '../../../../billing/analytics/analyse.ts';
import { localDayStart, wholeHours } from '../../../../billing/analytics/analytics-times.ts';
import type { RollupDimension, RollupFilter } from '../../../../billing/analytics/store.ts';
import type { Period } from '../../../../billing/periods/period-at.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { moment } from '../../framework/moment.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { timeZoneSchema } from '../billing/subscription-json.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const DEFAULT_TOP = 10;
const CURSOR = /^[1-9]\d{0,6}$/;

/** What usage can be told apart by. */
export const usageGroups = ['user', 'group', 'key', 'service', 'tool', 'outcome'] as const;
/** What costs can be told apart by. */
export const costGroups = ['user', 'group', 'key', 'service', 'tool', 'rule'] as const;

type Groups = readonly AnalysisGroup[];

/** A list of values with commas between them. */
function listOf(max: number) {
  return z
    .string()
    .transform((text) => text.split(','))
    .refine((values) => values.length <= max, { error: `Give at most ${max}.` })
    .refine((values) => values.every((value) => value !== ''), {
      error: 'Put one comma between two values.',
    })
    .openapi({ type: 'string', example: 'a,b' });
}

const values = listOf(limits.analyticsFilterValuesMax).optional();

/** The times of a question. */
export const rangeShape = {
  from: moment.optional(),
  to: moment.optional(),
  timeZone: timeZoneSchema.optional(),
};

/** The filters that usage and costs have in common. */
export const filterShape = {
  user: values,
  group: values,
  key: values,
  service: values,
  tool: values,
};

/** Filters of usage, and of costs. */
export const usageFilterShape = { ...filterShape, outcome: values };
/** Filters of costs. */
export const costFilterShape = { ...filterShape, rule: values };

/** What an answer is by: one or two of these, with a comma between them. */
export function bySchema<const Names extends Groups>(names: Names) {
  return z
    .string()
    .transform((text) => text.split(',') as Names[number][])
    .refine((given) => given.every((one) => names.includes(one)), {
      error: `Give one or two of ${names.join(', ')}, with a comma between them.`,
    })
    .refine((given) => given.length <= 2 && new Set(given).size === given.length, {
      error: 'Give one, or two different ones.',
    })
    .openapi({ type: 'string', example: names.slice(0, 2).join() });
}

/** Which part of the groups, and how time is divided. */
export const pageShape = {
  granularity: z.enum(['hour', 'day']).optional(),
  top: z
    .string()
    .regex(/^\d{1,4}$/, 'Give a whole number.')
    .transform(Number)
    .refine((top) => top >= 1 && top <= limits.analyticsGroupsMax, {
      error: `Give 1 to ${limits.analyticsGroupsMax}.`,
    })
    .openapi({
      type: 'integer',
      minimum: 1,
      maximum: limits.analyticsGroupsMax,
      default: DEFAULT_TOP,
    })
    .optional(),
  cursor: z.string().regex(CURSOR, 'Give nextCursor of the page before.').optional(),
};

/** A question as it came. */
export interface AskedQuestion {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly timeZone?: string | undefined;
  readonly granularity?: 'hour' | 'day' | undefined;
  readonly by?: Groups | undefined;
  readonly top?: number | undefined;
  readonly cursor?: string | undefined;
  readonly user?: readonly string[] | undefined;
  readonly group?: readonly string[] | undefined;
  readonly key?: readonly string[] | undefined;
  readonly service?: readonly string[] | undefined;
  readonly tool?: readonly string[] | undefined;
  readonly outcome?: readonly string[] | undefined;
  readonly rule?: readonly string[] | undefined;
}

/** The question that was asked of a tenant's usage or costs; throws for one that goes too far. */
export async function questionOf(
  deps: Pick<ApiDeps, 'billing' | 'now'>,
  tenant: TenantId,
  asked: AskedQuestion,
): Promise<Question> {
  const { by = [], top = DEFAULT_TOP, cursor, granularity } = asked;
  const timeZone = asked.timeZone ?? (await billingZone(deps, tenant));
  const range = rangeOf(asked, timeZone, deps.now());
  checkSize(range, asked);
  const groupsOf =
    by.includes('group') || asked.group !== undefined
      ? await deps.billing.analytics.groupsOfUsers(tenant)
      : undefined;
  return {
    tenants: [tenant],
    range,
    timeZone,
    by,
    filter: filterOf(asked, groupsOf),
    skipped: cursor === undefined ? 0 : Number(cursor),
    top,
    ...(granularity === undefined ? {} : { granularity }),
    ...(groupsOf === undefined ? {} : { groupsOf }),
  };
}

/** The zone of the tenant's billing periods. */
export async function billingZone(
  { billing, now }: Pick<ApiDeps, 'billing' | 'now'>,
  tenant: TenantId,
): Promise<string> {
  return (await billing.subscriptions.at(tenant, now()))?.timeZone ?? 'UTC';
}

/** From the start of a day of the zone until now, unless the question says otherwise. */
export function rangeOf({ from, to }: AskedQuestion, timeZone: string, nowMs: number): Period {
  const endMs = to ?? nowMs + 1;
  const startMs = from ?? localDayStart(endMs - DEFAULT_DAYS * DAY_MS, timeZone);
  if (startMs >= endMs) {
    const fix = 'Give a moment after `from`.';
    throw fieldProblem([{ field: 'to', problem: 'is not after from', fix }]);
  }
  if (endMs - startMs > limits.billingRangeDaysMax * DAY_MS) {
    const fix = `Ask for at most ${limits.billingRangeDaysMax} days at once.`;
    throw fieldProblem([{ field: 'from', problem: 'is too long before to', fix }]);
  }
  return wholeHours({ startMs, endMs });
}

function checkSize({ startMs, endMs }: Period, { granularity, by = [], top }: AskedQuestion): void {
  if (granularity === undefined) return;
  if (granularity === 'hour' && endMs - startMs > limits.analyticsHoursMax * 3_600_000) {
    const fix = `Ask for at most ${limits.analyticsHoursMax} hours, or by day.`;
    throw fieldProblem([{ field: 'granularity', problem: 'divides too long a time', fix }]);
  }
  if (by.length > 0 && (top ?? DEFAULT_TOP) > limits.analyticsSeriesMax) {
    const fix = `With granularity, ask for at most ${limits.analyticsSeriesMax} groups.`;
    throw fieldProblem([{ field: 'top', problem: 'is too many groups over time', fix }]);
  }
}

function filterOf(
  asked: AskedQuestion,
  groupsOf: ReadonlyMap<string, readonly string[]> | undefined,
): RollupFilter {
  const dimensions = ['user', 'key', 'service', 'tool', 'outcome', 'rule'] as const;
  const filter: Partial<Record<RollupDimension, readonly string[]>> = {};
  for (const dimension of dimensions) {
    const given = asked[dimension];
    if (given !== undefined) filter[dimension] = given;
  }
  if (asked.group === undefined) return filter;
  const wanted = new Set(asked.group);
  const members = [...(groupsOf ?? [])]
    .filter(([, groups]) => groups.some((group) => wanted.has(group)))
    .map(([user]) => user);
  const user = filter.user;
  return {
    ...filter,
    user: user === undefined ? members : members.filter((one) => user.includes(one)),
  };
}
