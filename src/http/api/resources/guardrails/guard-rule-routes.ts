import { z } from '@hono/zod-openapi';
import type { GuardRuleShapes } from '../../../../policy/guardrails/guard-rule.ts';
import type { GuardRules } from '../../../../policy/guardrails/guard-rules.ts';
import type { GuardRuleKind } from '../../../../policy/guardrails/store.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { nothingToChange } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { approvalRuleSchemas, guardrailSchemas, guardRuleJson } from './guard-rule-json.ts';

/** What the routes of guardrails need. */
export interface GuardRuleRouteDeps {
  readonly guardRules: Pick<GuardRules, 'list' | 'get' | 'create' | 'update' | 'remove'>;
  readonly basePath: string;
}

interface Noun<Kind extends GuardRuleKind> {
  readonly kind: Kind;
  readonly path: string;
  /** As operation ids have it: `createGuardrail`. */
  readonly name: string;
  readonly words: string;
  readonly description: string;
  readonly schemas: typeof guardrailSchemas | typeof approvalRuleSchemas;
  readonly example: { readonly name: string; readonly rule: GuardRuleShapes[Kind] };
}

const guardrails: Noun<'guardrail'> = {
  kind: 'guardrail',
  path: '/api/v1/guardrails',
  name: 'Guardrail',
  words: 'guardrail',
  description: 'Looks for secrets or personal data in arguments or results, or asks a webhook.',
  schemas: guardrailSchemas,
  example: {
    name: 'No secrets to models',
    rule: { where: 'results', detector: { kind: 'secrets' }, action: 'redact' },
  },
};

const approvalRules: Noun<'approval'> = {
  kind: 'approval',
  path: '/api/v1/approval-rules',
  name: 'ApprovalRule',
  words: 'rule for approvals',
  description: 'Calls of the tools in its scope wait until somebody approves them.',
  schemas: approvalRuleSchemas,
  example: {
    name: 'Ask before anything is changed',
    rule: { annotations: 'not-read-only' },
  },
};

const params = z.strictObject({ rule: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });
const tag = 'Guardrails';

/** Making, seeing, changing and removing guardrails and rules for approvals. */
export function guardRuleRoutes(deps: GuardRuleRouteDeps): ApiRoute[] {
  return [...routesOf(deps, guardrails), ...routesOf(deps, approvalRules)];
}

function routesOf<Kind extends GuardRuleKind>(
  deps: GuardRuleRouteDeps,
  noun: Noun<Kind>,
): ApiRoute[] {
  return [
    createRoute(deps, noun),
    listRoute(deps, noun),
    getRoute(deps, noun),
    changeRoute(deps, noun),
    removeRoute(deps, noun),
  ];
}

function createRoute<Kind extends GuardRuleKind>(
  { guardRules, basePath }: GuardRuleRouteDeps,
  { kind, path, name, words, description, schemas, example }: Noun<Kind>,
): ApiRoute {
  return defineRoute({
    method: 'post',
    paths: [path],
    operationIds: [`create${name}`],
    tag,
    summary: `Make a ${words}`,
    description,
    permission: 'policy.manage',
    body: { schema: schemas.request, example },
    answers: { 201: { description: 'Made.', schema: schemas.shown } },
    errors: ['conflict'],
    handle: async ({ principal, body }) => {
      const { enabled = true, secret, rule, name: given } = body;
      const made = await guardRules.create(principal.tenant, kind, {
        name: given,
        enabled,
        secret,
        rule: rule as unknown as GuardRuleShapes[Kind],
      });
      const headers = { Location: `${basePath}${path}/${made.id}`, ...entityTag(made) };
      return respondJson(201, guardRuleJson(made), headers);
    },
  });
}

function listRoute<Kind extends GuardRuleKind>(
  { guardRules }: GuardRuleRouteDeps,
  { kind, path, name, words, schemas }: Noun<Kind>,
): ApiRoute {
  const schema = z.strictObject({ rules: z.array(schemas.shown) }).openapi(`${name}s`);
  return defineRoute({
    method: 'get',
    paths: [path],
    operationIds: [`list${name}s`],
    tag,
    summary: `List every ${words}`,
    permission: 'policy.read',
    answers: { 200: { description: 'All of the tenant.', schema } },
    handle: async ({ principal }) => {
      const rules = await guardRules.list(principal.tenant, kind);
      return respondJson(200, { rules: rules.map(guardRuleJson) });
    },
  });
}

function getRoute<Kind extends GuardRuleKind>(
  { guardRules }: GuardRuleRouteDeps,
  { kind, path, name, words, schemas }: Noun<Kind>,
): ApiRoute {
  return defineRoute({
    method: 'get',
    paths: [`${path}/{rule}`],
    operationIds: [`get${name}`],
    tag,
    summary: `See one ${words}`,
    permission: 'policy.read',
    params,
    answers: { 200: { description: 'The rule.', schema: schemas.shown } },
    versioned: true,
    handle: async ({ principal, params: { rule } }) => {
      const found = await guardRules.get(principal.tenant, kind, rule);
      return respondJson(200, guardRuleJson(found), entityTag(found));
    },
  });
}

function changeRoute<Kind extends GuardRuleKind>(
  { guardRules }: GuardRuleRouteDeps,
  { kind, path, name, words, schemas }: Noun<Kind>,
): ApiRoute {
  return defineRoute({
    method: 'patch',
    paths: [`${path}/{rule}`],
    operationIds: [`change${name}`],
    tag,
    summary: `Change a ${words}`,
    description: 'A `rule` replaces the whole rule.',
    permission: 'policy.manage',
    params,
    body: { schema: schemas.change, example: { enabled: false } },
    answers: { 200: { description: 'The rule as it is then.', schema: schemas.shown } },
    errors: ['conflict'],
    versioned: true,
    handle: async ({ principal, params: { rule: id }, body, ifVersion }) => {
      if (Object.keys(body).length === 0)
        throw nothingToChange('Give one of name, enabled, secret, rule.');
      const { name: given, enabled, secret, rule } = body;
      const change = {
        ...(given === undefined ? {} : { name: given }),
        ...(enabled === undefined ? {} : { enabled }),
        ...(secret === undefined ? {} : { secret }),
        ...(rule === undefined ? {} : { rule: rule as unknown as GuardRuleShapes[Kind] }),
      };
      const after = await guardRules.update(principal.tenant, kind, id, change, ifVersion);
      return respondJson(200, guardRuleJson(after), entityTag(after));
    },
  });
}

function removeRoute<Kind extends GuardRuleKind>(
  { guardRules }: GuardRuleRouteDeps,
  { kind, path, name, words }: Noun<Kind>,
): ApiRoute {
  return defineRoute({
    method: 'delete',
    paths: [`${path}/{rule}`],
    operationIds: [`remove${name}`],
    tag,
    summary: `Remove a ${words}`,
    permission: 'policy.manage',
    params,
    answers: { 204: { description: 'Removed.' } },
    versioned: true,
    handle: async ({ principal, params: { rule }, ifVersion }) => {
      await guardRules.remove(principal.tenant, kind, rule, ifVersion);
      return respondEmpty();
    },
  });
}
