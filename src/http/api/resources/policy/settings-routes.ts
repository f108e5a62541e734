import { z } from '@hono/zod-openapi';
import { limits } from '../../../../kernel/limits.ts';
import type { PolicySettings } from '../../../../policy/store.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { nothingToChange } from '../../framework/problem.ts';
import { respondJson } from '../../framework/respond.ts';
import type { PolicyRouteDeps } from '../../framework/policy-deps.ts';

const tag = 'Policy';
const rate = z.int().min(1).max(10_000_000);

const boundSchema = z
  .strictObject({
    requestsPerMinute: rate.describe('In the long run.').optional(),
    burst: rate
      .describe('At once after a pause; as many as a minute allows when absent.')
      .optional(),
    concurrent: z.int().min(1).max(100_000).describe('At the same time.').optional(),
  })
  .refine(
    ({ burst, requestsPerMinute }) => burst === undefined || requestsPerMinute !== undefined,
    {
      error: 'A burst needs requestsPerMinute too.',
    },
  )
  .openapi('Bound');

const named = (of: string) =>
  z
    .record(z.string().min(1).max(limits.accessPatternLengthMax), boundSchema)
    .refine((record) => Object.keys(record).length <= limits.namedBoundsMax, {
      error: `At most ${limits.namedBoundsMax} names.`,
    })
    .describe(of)
    .optional();

const boundsSchema = z
  .strictObject({
    tenant: boundSchema.describe('All of the tenant together.').optional(),
    principal: boundSchema.describe('One user or service account with all its keys.').optional(),
    grant: boundSchema.describe('One key or login.').optional(),
    service: boundSchema.describe('One service.').optional(),
    tool: boundSchema.describe('One tool.').optional(),
    roles: named('By role, instead of principal; of several roles the widest.'),
    services: named('By slug, instead of service.'),
    tools: named('By {service}__{tool}, instead of tool.'),
  })
  .openapi('Bounds');

const mode = z
  .enum(['allow-by-default', 'deny-by-default'])
  .describe('Whether what no rule names may be used.');

const settingsSchema = z
  .strictObject({ mode, bounds: boundsSchema, updatedAtMs: z.int(), version: z.int() })
  .openapi('PolicySettings');

const changeSchema = z
  .strictObject({
    mode: mode.optional(),
    bounds: boundsSchema.describe('All of them: what is left out is bounded no more.').optional(),
  })
  .openapi('PolicySettingsChange');

const answers = { 200: { description: 'The settings.', schema: settingsSchema } };

/** What a tenant has decided about all of its rules, and how much may be used. */
export function settingsRoutes(deps: PolicyRouteDeps): ApiRoute[] {
  return [getRoute(deps), changeRoute(deps)];
}

const getRoute = ({ policy }: PolicyRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/policy/settings'],
    operationIds: ['getPolicySettings'],
    tag,
    summary: 'See the settings of policy',
    permission: 'policy.read',
    answers,
    handle: async ({ principal }) => respond(await policy.store.settings(principal.tenant)),
  });

const changeRoute = ({ policy }: PolicyRouteDeps): ApiRoute =>
  defineRoute({
    method: 'patch',
    paths: ['/api/v1/policy/settings'],
    operationIds: ['changePolicySettings'],
    tag,
    summary: 'Change the settings of policy',
    description:
      'Bounds of the tenant hold besides those of the configuration: they make narrower, never ' +
      'wider.',
    permission: 'policy.manage',
    body: {
      schema: changeSchema,
      example: { bounds: { principal: { requestsPerMinute: 600, burst: 60 } } },
    },
    answers,
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, body, ifVersion }) => {
      if (Object.keys(body).length === 0) throw nothingToChange('Give mode or bounds.');
      const change = present(body) as Partial<Pick<PolicySettings, 'mode' | 'bounds'>>;
      return respond(await policy.rules.change(principal.tenant, change, ifVersion));
    },
  });

/** Settings that were never changed have no version to ask for. */
function respond(settings: PolicySettings): Response {
  return respondJson(200, settings, settings.version === 0 ? {} : entityTag(settings));
}
