import { isDeepStrictEqual } from 'node:util';
import { z } from '@hono/zod-openapi';
import type { ApiKey } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { permissionNames } from '../../../../kernel/permissions.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';

const whenOrNull = z.int().nullable();

const scope = z.enum(permissionNames);
const patterns = z
  .array(z.string().min(1).max(limits.accessPatternLengthMax))
  .max(limits.accessPatternsMax);

const accessRule = z
  .strictObject({
    services: patterns.describe('Slugs of services.').optional(),
    tools: patterns.describe('Tools as {service}__{tool}, for example orders__get*.').optional(),
    prompts: patterns.describe('Prompts as {service}__{prompt}.').optional(),
    resources: patterns.describe('URIs of resources and texts of URI templates.').optional(),
  })
  .openapi('AccessRule');

const keyFields = {
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('The first characters, to recognise the key by.'),
  userId: z.string(),
  createdAtMs: z.int(),
  expiresAtMs: whenOrNull,
  scopes: z.array(scope).nullable().describe('What it carries; null for all its user may do.'),
  access: z
    .array(z.array(accessRule))
    .describe('What it reaches: of every list one rule must allow; without lists, everything.'),
  revokedAtMs: whenOrNull,
};

const keySchema = z.strictObject(keyFields).openapi('ApiKey');
const keysSchema = z.strictObject({ keys: z.array(keySchema) }).openapi('ApiKeys');
const newKeySchema = z
  .strictObject({ ...keyFields, apiKey: z.string().describe('The key itself, shown this once.') })
  .openapi('NewApiKey');

const requestSchema = z
  .strictObject({
    name: z.string().min(1).max(limits.titleLengthMax).describe('What the key is for.'),
    userId: z
      .string()
      .min(1)
      .max(64)
      .describe('Whose key it is; oneself when absent. Others only for administrators.')
      .optional(),
    expiresAtMs: z.int().positive().describe('When it ends, epoch milliseconds.').optional(),
    scopes: z
      .array(scope)
      .min(1)
      .describe('The only permissions it carries; those of the key that asks when absent.')
      .optional(),
    access: accessRule
      .describe(
        'What it reaches, in patterns with * for any run of characters; a rule that lists tools, ' +
          'prompts or resources allows nothing of the kinds that it does not list.',
      )
      .optional(),
  })
  .openapi('ApiKeyRequest');

const params = z.strictObject({ key: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

const tag = 'API keys';

/** API keys: a member's own, or for an administrator all of the tenant. */
export function keyRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), createRoute(deps), revokeRoute(deps)];
}

const listRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/keys'],
    operationIds: ['listKeys'],
    tag,
    summary: 'List API keys',
    description:
      'A member sees the own keys, an administrator those of the tenant; a key with access rules ' +
      'sees itself and the keys that were made with it.',
    permission: 'keys.own',
    answers: { 200: { description: 'The keys, without their text.', schema: keysSchema } },
    handle: async ({ principal }) =>
      respondJson(200, { keys: (await visibleKeys(deps, principal)).map(keyJson) }),
  });

const createRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/keys'],
    operationIds: ['createKey'],
    tag,
    summary: 'Make an API key',
    description: 'The key is shown in this answer and never again.',
    permission: 'keys.own',
    body: { schema: requestSchema, example: { name: 'laptop' } },
    answers: { 201: { description: 'The new key.', schema: newKeySchema } },
    errors: ['forbidden', 'not_found', 'conflict'],
    handle: async ({ principal, body }) => {
      const userId = await keyOwner(deps, principal, body.userId);
      const keys = await deps.identity.keys(principal.tenant);
      const expiresAtMs = keyEnd(deps, principal, keys, body.expiresAtMs);
      checkRoom(keys, userId, deps.now());
      const { tenant } = principal;
      const limits = keyLimits(principal, keys, body);
      const issued = await deps.issueKey(tenant, {
        userId,
        name: body.name,
        expiresAtMs,
        ...limits,
      });
      return respondJson(201, { ...keyJson(issued.key), apiKey: issued.plaintext });
    },
  });

const revokeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/keys/{key}'],
    operationIds: ['revokeKey'],
    tag,
    summary: 'Revoke an API key',
    permission: 'keys.own',
    params,
    answers: { 204: { description: 'Revoked.' } },
    handle: async ({ principal, params }) => {
      const keys = await visibleKeys(deps, principal);
      const known = keys.some((key) => key.id === params.key && key.revokedAtMs === null);
      if (!known || !(await deps.revokeKey(principal.tenant, params.key))) {
        throw new GatewayError('not_found');
      }
      return respondEmpty();
    },
  });

function mayManage({ permissions }: Principal): boolean {
  return permissions.actions.has('keys.manage');
}

async function visibleKeys(deps: ApiDeps, principal: Principal): Promise<readonly ApiKey[]> {
  const keys = await deps.identity.keys(principal.tenant);
  if (mayManage(principal)) return keys;
  const own = keys.filter((key) => key.userId === principal.subject.id);
  return own.filter(({ access }) => isWithin(access, principal.permissions.layers));
}

/** True for keys that have the same limits, or more: those of others tell what is hidden. */
function isWithin(access: ApiKey['access'], layers: ApiKey['access']): boolean {
  return isDeepStrictEqual(access.slice(0, layers.length), layers);
}

async function keyOwner(
  deps: ApiDeps,
  principal: Principal,
  userId: string | undefined,
): Promise<string> {
  const { subject } = principal;
  if (userId === undefined || userId === subject.id) return subject.id;
  if (!mayManage(principal)) {
    throw new GatewayError('forbidden', 'Keys for others need the permission keys.manage.');
  }
  const users = await deps.identity.users(principal.tenant);
  if (!users.some((user) => user.id === userId)) throw new GatewayError('not_found');
  return userId;
}

/** When the new key ends: never after the key that asks for it, or a stolen key lives on. */
function keyEnd(
  deps: ApiDeps,
  principal: Principal,
  keys: readonly ApiKey[],
  wantedMs: number | undefined,
): number | null {
  const endMs = keys.find((key) => key.id === principal.grantId)?.expiresAtMs ?? null;
  if (wantedMs === undefined) return endMs;
  if (wantedMs <= deps.now()) throw badEnd('is in the past', 'Give a time to come.');
  if (endMs !== null && wantedMs > endMs) {
    throw badEnd('is after the end of your own key', `At most ${endMs}.`);
  }
  return wantedMs;
}

/** What the new key is limited to: never less than the key that asks for it. */
function keyLimits(
  { permissions, grantId }: Principal,
  keys: readonly ApiKey[],
  { scopes, access }: z.output<typeof requestSchema>,
): Pick<ApiKey, 'scopes' | 'access'> {
  const missing = scopes?.filter((one) => !permissions.actions.has(one)) ?? [];
  if (missing.length > 0) {
    const text = `You lack these permissions yourself: ${missing.join(', ')}.`;
    throw new GatewayError('forbidden', text);
  }
  const own = keys.find((key) => key.id === grantId);
  return {
    scopes: scopes ?? own?.scopes ?? null,
    access: [...permissions.layers, ...(access === undefined ? [] : [[present(access)]])],
  };
}

const badEnd = (problem: string, fix: string) =>
  fieldProblem([{ field: 'expiresAtMs', problem, fix }]);

function checkRoom(keys: readonly ApiKey[], userId: string, nowMs: number): void {
  const alive = (key: ApiKey) =>
    key.revokedAtMs === null && (key.expiresAtMs === null || key.expiresAtMs > nowMs);
  const held = keys.filter((key) => key.userId === userId && alive(key));
  if (held.length < limits.keysPerUserMax) return;
  const text = `A user may hold at most ${limits.keysPerUserMax} keys; revoke one first.`;
  throw new GatewayError('conflict', text);
}

function keyJson(key: ApiKey): z.output<typeof keySchema> {
  const { tenant: _, hash: __, scopes, access, ...shown } = key;
  return {
    ...shown,
    scopes: scopes === null ? null : [...scopes],
    access: access.map((layer) =>
      layer.map((rule) => ({ ...rule }) as z.output<typeof accessRule>),
    ),
  };
}
