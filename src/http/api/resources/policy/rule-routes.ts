import { z } from '@hono/zod-openapi';
import { GatewayError } from '../../../../kernel/errors.ts';
import { withoutMembers, type JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { PolicyRule, PolicyRuleInput } from '../../../../policy/store.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { fieldProblem, nothingToChange } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import type { PolicyRouteDeps } from '../../framework/policy-deps.ts';
import {
  combinationProblem,
  ruleChangeSchema,
  ruleJson,
  ruleRequestSchema,
  ruleSchema,
} from './rule-schema.ts';

const tag = 'Policy';
/** What nobody says of a rule. */
const KEPT_MEMBERS = ['id', 'tenant', 'createdAtMs', 'updatedAtMs', 'version'];
const params = z.strictObject({ rule: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });
const one = { description: 'The rule.', schema: ruleSchema };
const pageRows = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, 'Give a whole number.')
  .transform(Number)
  .refine((rows) => rows <= limits.apiPageRowsMax, { error: `At most ${limits.apiPageRowsMax}` })
  .openapi({ type: 'integer', minimum: 1, maximum: limits.apiPageRowsMax })
  .optional();
const pageQuery = z.strictObject({
  limit: pageRows,
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'Give nextCursor of the page before.')
    .optional(),
});
const pageSchema = z
  .strictObject({
    rules: z.array(ruleSchema),
    nextCursor: z.string().nullable().describe('Goes into `cursor` for the next page.'),
  })
  .openapi('PolicyRulePage');

const importSchema = z
  .strictObject({ rules: z.array(ruleRequestSchema).min(1).max(limits.policyRulesAtOnceMax) })
  .openapi('PolicyRuleImport');
const importedSchema = z
  .strictObject({ ids: z.array(z.string()).describe('In the order of the rules.') })
  .openapi('PolicyRulesImported');

/** Making, seeing, changing and removing rules. */
export function ruleRoutes(deps: PolicyRouteDeps): ApiRoute[] {
  return [
    listRoute(deps),
    createRoute(deps),
    importRoute(deps),
    getRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
  ];
}

const listRoute = ({ policy }: PolicyRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/policy/rules'],
    operationIds: ['listPolicyRules'],
    tag,
    summary: 'List the rules',
    permission: 'policy.read',
    query: pageQuery,
    answers: { 200: { description: 'One page, the oldest first.', schema: pageSchema } },
    handle: async ({ principal, query }) => {
      const rows = query.limit ?? 100;
      // One row more than wanted tells whether there is another page.
      const page = {
        rowsMax: rows + 1,
        ...(query.cursor === undefined ? {} : { after: query.cursor }),
      };
      const found = await policy.store.rules(principal.tenant, page);
      const nextCursor = found.length > rows ? (found[rows - 1]?.id ?? null) : null;
      return respondJson(200, { rules: found.slice(0, rows).map(ruleJson), nextCursor });
    },
  });

const createRoute = ({ policy }: PolicyRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/policy/rules'],
    operationIds: ['createPolicyRule'],
    tag,
    summary: 'Make a rule',
    description:
      'A rule denies something, or allows it where the tenant denies what no rule allows. What ' +
      'is denied does not exist for the caller; one that denies goes before all that allow.',
    permission: 'policy.manage',
    body: {
      schema: ruleRequestSchema,
      example: {
        name: 'Viewers change nothing',
        effect: 'deny',
        subjects: { roles: ['viewer'] },
        annotations: { readOnlyHint: false },
      },
    },
    answers: { 201: { description: 'Made.', schema: ruleSchema } },
    errors: ['conflict'],
    handle: async ({ principal, body }) => {
      const [rule] = await policy.rules.create(principal.tenant, [checked(present(body))]);
      if (rule === undefined) throw new GatewayError('internal');
      const headers = { Location: `/api/v1/policy/rules/${rule.id}`, ...entityTag(rule) };
      return respondJson(201, ruleJson(rule), headers);
    },
  });

const importRoute = ({ policy }: PolicyRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/policy/rules/import'],
    operationIds: ['importPolicyRules'],
    tag,
    summary: 'Make many rules at once',
    description: 'All or none; what there is already stays.',
    permission: 'policy.manage',
    body: {
      schema: importSchema,
      example: { rules: [{ name: 'Nobody deletes', effect: 'deny', tools: ['*__delete*'] }] },
    },
    answers: { 201: { description: 'Made.', schema: importedSchema } },
    errors: ['conflict'],
    handle: async ({ principal, body }) => {
      const inputs = body.rules.map((rule, index) => checked(present(rule), `rules[${index}].`));
      const rules = await policy.rules.create(principal.tenant, inputs);
      return respondJson(201, { ids: rules.map(({ id }) => id) });
    },
  });

const getRoute = ({ policy }: PolicyRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/policy/rules/{rule}'],
    operationIds: ['getPolicyRule'],
    tag,
    summary: 'See one rule',
    permission: 'policy.read',
    params,
    answers: { 200: one },
    versioned: true,
    handle: async ({ principal, params: { rule: id } }) => {
      const rule = known(await policy.store.rule(principal.tenant, id));
      return respondJson(200, ruleJson(rule), entityTag(rule));
    },
  });

const changeRoute = ({ policy }: PolicyRouteDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/api/v1/policy/rules/{rule}'],
    operationIds: ['changePolicyRule'],
    tag,
    summary: 'Change a rule',
    description: 'What is not given stays; null takes a member out.',
    permission: 'policy.manage',
    params,
    body: { schema: ruleChangeSchema, example: { enabled: false } },
    answers: { 200: one },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { rule: id }, body, ifVersion }) => {
      const before = known(await policy.store.rule(principal.tenant, id));
      const input = checked(changed(before, body));
      // What was read is what was changed: a change by somebody else meanwhile is not undone.
      const wanted = ifVersion ?? before.version;
      const rule = known(await policy.rules.update(principal.tenant, id, input, wanted));
      return respondJson(200, ruleJson(rule), entityTag(rule));
    },
  });

const removeRoute = ({ policy }: PolicyRouteDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/policy/rules/{rule}'],
    operationIds: ['removePolicyRule'],
    tag,
    summary: 'Remove a rule',
    permission: 'policy.manage',
    params,
    answers: { 204: { description: 'Removed.' } },
    versioned: true,
    handle: async ({ principal, params: { rule: id }, ifVersion }) => {
      if (!(await policy.rules.remove(principal.tenant, id, ifVersion))) throw unknownRule();
      return respondEmpty();
    },
  });

/** The rule with what was given in its place. */
function changed(rule: PolicyRule, change: z.output<typeof ruleChangeSchema>): PolicyRuleInput {
  const said = withoutMembers(rule as unknown as JsonObject, KEPT_MEMBERS);
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  if (given.length === 0) {
    throw nothingToChange(`Give one of ${Object.keys(ruleChangeSchema.shape).join(', ')}.`);
  }
  const members = Object.entries({ ...said, ...Object.fromEntries(given) });
  return Object.fromEntries(
    members.filter(([, value]) => value !== null),
  ) as unknown as PolicyRuleInput;
}

function checked(input: unknown, place = ''): PolicyRuleInput {
  const rule = input as PolicyRuleInput;
  const problem = combinationProblem(rule);
  if (problem === undefined) return rule;
  const { field, fix } = problem;
  const named = `${place}${field}`;
  throw fieldProblem([{ field: named, problem: 'does not go with what else is given', fix }]);
}

function known(rule: PolicyRule | undefined): PolicyRule {
  if (rule === undefined) throw unknownRule();
  return rule;
}

const unknownRule = (): GatewayError => new GatewayError('not_found', 'There is no such rule.');
