import { z } from '@hono/zod-openapi';
import type { Listing } from '../../../../catalog/lists/listing.ts';
import type { ServiceRuntime } from '../../../../catalog/service-runtime.ts';
import { visibleClaim } from '../../../../catalog/visibility.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { stringMember, type JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import { explainAccess, type ExplainContext } from '../../../../policy/explain/explain-access.ts';
import type { AccessQuestion } from '../../../../policy/explain/explanation.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';
import type { AskedCaller, PolicyRouteDeps } from '../../framework/policy-deps.ts';

const tag = 'Policy';
const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'Give an id.');
const name = z.string().min(1).max(limits.accessPatternLengthMax);
const who = {
  key: id.describe('The id of an API key.').optional(),
  user: id.describe('The id of a user, by none of its keys.').optional(),
  serviceAccount: id.describe('The id of a service account, likewise.').optional(),
};

const questionSchema = z
  .strictObject({
    ...who,
    service: z.string().min(1).max(64).describe('The slug of the service.'),
    tool: name.describe('Its own name on the service.').optional(),
    prompt: name.optional(),
    resource: name.describe('A URI, or the text of a URI template.').optional(),
    arguments: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi('PolicyQuestion');

const explanationSchema = z
  .strictObject({
    allowed: z.boolean(),
    steps: z
      .array(
        z.strictObject({
          step: z.enum([
            'permission',
            'service',
            'access',
            'plan',
            'rules',
            'rule',
            'arguments',
            'view',
          ]),
          outcome: z.enum(['passed', 'refused', 'noted']),
          text: z.string(),
          rule: z.strictObject({ id: z.string(), name: z.string() }).optional(),
        }),
      )
      .describe('In the order in which the gateway looks; noted decides nothing by itself.'),
  })
  .openapi('PolicyExplanation');

const named = z.array(z.string());
const viewSchema = z
  .strictObject({
    permissions: z.array(z.string()),
    roles: z.array(z.string()),
    services: z.array(
      z.strictObject({
        slug: z.string(),
        whole: z.boolean().describe('Whether nothing of it is hidden, now or later.'),
        tools: z.array(
          z.strictObject({
            name: z.string(),
            byArguments: z.boolean().describe('Whether rules look at the arguments of a call.'),
          }),
        ),
        prompts: named,
        resources: named,
        resourceTemplates: named,
      }),
    ),
  })
  .openapi('PolicyView');

/** Why somebody may use something or not, and all that somebody sees. */
export function explainRoutes(deps: PolicyRouteDeps): ApiRoute[] {
  return [explainRoute(deps), viewRoute(deps)];
}

const explainRoute = (deps: PolicyRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/policy/explain'],
    operationIds: ['explainAccess'],
    tag,
    summary: 'Explain whether something may be used',
    description: 'By a key, a user, a service account, or the caller itself. Nothing is called.',
    permission: 'policy.read',
    body: {
      schema: questionSchema,
      example: { key: 'key_1', service: 'orders', tool: 'cancel', arguments: { amount: 5 } },
    },
    answers: { 200: { description: 'What is decided, and why.', schema: explanationSchema } },
    errors: ['not_found'],
    handle: async ({ principal, body }) => {
      const { key, user, serviceAccount, ...question } = body;
      const named = [question.tool, question.prompt, question.resource];
      if (named.filter((one) => one !== undefined).length > 1) {
        const fix = 'Give one of tool, prompt and resource, or none for the service itself.';
        throw fieldProblem([{ field: '', problem: 'asks about more than one thing', fix }]);
      }
      const caller = await callerOf(deps, principal, { key, user, serviceAccount });
      const context = deps.policy.explaining(caller);
      return respondJson(200, explainAccess(context, caller, present(question) as AccessQuestion));
    },
  });

const viewRoute = (deps: PolicyRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/policy/view'],
    operationIds: ['viewAs'],
    tag,
    summary: 'See what a key or a user sees',
    permission: 'policy.read',
    query: z.strictObject(who),
    answers: { 200: { description: 'All that there is for it.', schema: viewSchema } },
    errors: ['not_found'],
    handle: async ({ principal, query }) => {
      const caller = await callerOf(deps, principal, query);
      const { permissions } = caller;
      const mayUse = permissions.actions.has('mcp.use');
      const context = deps.policy.explaining(caller);
      return respondJson(200, {
        permissions: [...permissions.actions].toSorted(),
        roles: permissions.roles,
        services: mayUse ? context.view.services.map((live) => serviceJson(context, live)) : [],
      });
    },
  });

async function callerOf(
  { policy }: PolicyRouteDeps,
  principal: Principal,
  asked: AskedCaller,
): Promise<Principal> {
  const given = [asked.key, asked.user, asked.serviceAccount].filter((one) => one !== undefined);
  if (given.length > 1) {
    const fix = 'Give one of key, user and serviceAccount, or none for yourself.';
    throw fieldProblem([{ field: '', problem: 'asks for more than one caller', fix }]);
  }
  if (given.length === 0) return principal;
  const caller = await policy.callerOf(principal.tenant, asked);
  if (caller === undefined) throw new GatewayError('not_found');
  return caller;
}

function serviceJson({ view, restriction }: ExplainContext, live: ServiceRuntime) {
  const { listing } = visibleClaim(live, view.visibility);
  const texts = (list: keyof Listing, key: string): readonly string[] =>
    listing[list].flatMap((item: JsonObject) => stringMember(item, key) ?? []);
  return {
    slug: live.service.slug,
    whole: view.visibility.isWhole(live),
    tools: texts('tools', 'name').map((tool) => ({
      name: tool,
      byArguments: restriction?.decisionOf(live, 'tools', tool).conditions !== undefined,
    })),
    prompts: texts('prompts', 'name'),
    resources: texts('resources', 'uri'),
    resourceTemplates: texts('templates', 'uriTemplate'),
  };
}
