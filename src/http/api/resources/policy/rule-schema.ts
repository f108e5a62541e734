import { z } from '@hono/zod-openapi';
import { withoutMembers, type JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import { conditionProblem } from '../../../../policy/rules/conditions/compile-condition.ts';
import { windowProblem } from '../../../../policy/rules/window-test.ts';
import type { ArgumentCondition, PolicyRule, PolicyWindow } from '../../../../policy/store.ts';

const patterns = z
  .array(z.string().min(1).max(limits.accessPatternLengthMax))
  .min(1)
  .max(limits.policyPatternsMax);
const names = z.array(z.string().min(1).max(64)).min(1).max(limits.policySubjectsMax);

const subjectsSchema = z
  .strictObject({
    roles: names.describe('Names of roles.').optional(),
    groups: names.describe('Ids of groups.').optional(),
    users: names.describe('Ids of users.').optional(),
    serviceAccounts: names.describe('Ids of service accounts.').optional(),
    grants: names.describe('Ids of keys and other grants.').optional(),
    scopes: names.describe('Permissions that the credential carries.').optional(),
  })
  .refine((subjects) => Object.keys(subjects).length > 0, {
    error: 'Name at least one, or leave it out for everybody.',
  })
  .openapi('PolicySubjects');

const pointer = z
  .string()
  .max(limits.policyPointerLengthMax)
  .describe('A JSON pointer into the arguments, for example /amount.');
const text = z.string().max(limits.policyValueLengthMax);
const scalar = z.union([text, z.number(), z.boolean(), z.null()]);
const scalars = z.array(scalar).min(1).max(limits.policyValuesMax);
const texts = z.array(text.min(1)).min(1).max(limits.policyValuesMax);
const length = z.int().min(0).optional();

const conditionSchema = z
  .discriminatedUnion('is', [
    z.strictObject({ pointer, is: z.enum(['eq', 'ne']), value: scalar }),
    z.strictObject({ pointer, is: z.literal('in'), values: scalars }),
    z.strictObject({
      pointer,
      is: z.enum(['lt', 'lte', 'gt', 'gte']),
      value: z.union([z.number(), text]).describe('A number, or the digits of a long one.'),
    }),
    z.strictObject({
      pointer,
      is: z.enum(['prefix', 'glob', 'pattern']),
      value: text.describe('A pattern is a regular expression (RE2) for the whole text.'),
    }),
    z.strictObject({ pointer, is: z.literal('length'), min: length, max: length }),
    z.strictObject({ pointer, is: z.literal('exists'), value: z.boolean() }),
    z.strictObject({
      pointer,
      is: z.enum(['host', 'cidr']),
      values: texts.describe('Hosts (*.example.com for all below) or blocks of addresses.'),
    }),
  ])
  .superRefine((condition, context) => {
    const problem = conditionProblem(condition as ArgumentCondition);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .openapi('PolicyCondition');

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Give a time as HH:MM.');
const moment = z.int().positive().describe('Epoch milliseconds.');

const windowSchema = z
  .strictObject({
    fromMs: moment.optional(),
    untilMs: moment.optional(),
    days: z.array(z.int().min(1).max(7)).min(1).max(7).describe('1 is Monday.').optional(),
    start: time.optional(),
    end: time.describe('Not included; over midnight when it is before start.').optional(),
    timeZone: z.string().max(64).describe('An IANA name; UTC when absent.').optional(),
  })
  .superRefine((window, context) => {
    const problem = windowProblem(window as PolicyWindow);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .openapi('PolicyWindow');

const hint = z.boolean().optional();
const annotations = z
  .strictObject({
    readOnlyHint: hint,
    destructiveHint: hint,
    idempotentHint: hint,
    openWorldHint: hint,
  })
  .refine((hints) => Object.keys(hints).length > 0, { error: 'Give at least one hint.' });

const required = {
  name: z.string().min(1).max(limits.titleLengthMax),
  effect: z.enum(['allow', 'deny']),
};

const optional = {
  subjects: subjectsSchema.describe('Whom it is about; everybody when absent.'),
  except: subjectsSchema.describe('Whom of them it is not about.'),
  services: patterns.describe('Slugs of services, * for any run of characters.'),
  tools: patterns.describe('{service}__{tool}, for example orders__get*.'),
  prompts: patterns.describe('{service}__{prompt}.'),
  resources: patterns.describe('URIs of resources and texts of URI templates.'),
  annotations: annotations.describe('Only tools that say all of this of themselves.'),
  conditions: z
    .array(conditionSchema)
    .min(1)
    .max(limits.policyConditionsMax)
    .describe('Only calls for whose arguments all of this holds.'),
  window: windowSchema.describe('When it holds; always when absent.'),
};

type OptionalName = keyof typeof optional;

const map = (change: (schema: z.ZodType) => z.ZodType) =>
  Object.fromEntries(
    Object.entries(optional).map(([name, schema]) => [name, change(schema)]),
  ) as unknown as { [Name in OptionalName]: z.ZodOptional<(typeof optional)[Name]> };

/** A new rule. */
export const ruleRequestSchema = z
  .strictObject({
    ...required,
    enabled: z.boolean().default(true),
    ...map((schema) => schema.optional()),
  })
  .openapi('PolicyRuleRequest');

/** What is to change of a rule. */
export const ruleChangeSchema = z
  .strictObject({
    name: required.name.optional(),
    effect: required.effect.optional(),
    enabled: z.boolean().optional(),
    ...(map((schema) => schema.nullable().optional()) as unknown as {
      [Name in OptionalName]: z.ZodOptional<z.ZodNullable<(typeof optional)[Name]>>;
    }),
  })
  .openapi('PolicyRuleChange');

/** A rule as it is shown. */
export const ruleSchema = z
  .strictObject({
    id: z.string(),
    ...required,
    enabled: z.boolean(),
    ...map((schema) => schema.optional()),
    createdAtMs: z.int(),
    updatedAtMs: z.int(),
    version: z.int(),
  })
  .openapi('PolicyRule');

/** A rule as JSON. */
export function ruleJson(rule: PolicyRule): z.output<typeof ruleSchema> {
  const shown = withoutMembers(rule as unknown as JsonObject, ['tenant']);
  return shown as unknown as z.output<typeof ruleSchema>;
}

/** What no rule can say, in words for who wrote it; undefined for nothing. */
export function combinationProblem(
  rule: Partial<Record<OptionalName, unknown>>,
): { field: OptionalName; fix: string } | undefined {
  const hasOthers = rule.prompts !== undefined || rule.resources !== undefined;
  if (rule.annotations !== undefined && hasOthers) {
    return { field: 'annotations', fix: 'Only tools have them: make a rule of its own for tools.' };
  }
  if (rule.conditions !== undefined && rule.resources !== undefined) {
    return {
      field: 'conditions',
      fix: 'Nobody gives arguments to a resource: make a rule of its own for resources.',
    };
  }
  return undefined;
}
