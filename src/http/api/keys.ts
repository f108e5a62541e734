import { z } from '@hono/zod-openapi';
import type { ApiKey } from '../../identity/store.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { ApiDeps } from './api-deps.ts';
import { type ApiRoute, defineRoute } from './define-route.ts';
import { fieldProblem } from './problem.ts';
import { respondEmpty, respondJson } from './respond.ts';

const whenOrNull = z.int().nullable();

const keyFields = {
  id: z.string(),
  name: z.string(),
  prefix: z.string().describe('The first characters, to recognise the key by.'),
  userId: z.string(),
  createdAtMs: z.int(),
  expiresAtMs: whenOrNull,
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
    description: 'A member sees the own keys, an administrator those of the tenant.',
    role: 'member',
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
    role: 'member',
    body: { schema: requestSchema, example: { name: 'laptop' } },
    answers: { 201: { description: 'The new key.', schema: newKeySchema } },
    errors: ['forbidden', 'not_found', 'conflict'],
    handle: async ({ principal, body }) => {
      const userId = await keyOwner(deps, principal, body.userId);
      const keys = await deps.identity.keys(principal.tenant);
      const expiresAtMs = keyEnd(deps, principal, keys, body.expiresAtMs);
      checkRoom(keys, userId, deps.now());
      const { tenant } = principal;
      const issued = await deps.issueKey({ tenant, userId, name: body.name, expiresAtMs });
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
    role: 'member',
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

async function visibleKeys(deps: ApiDeps, principal: Principal): Promise<readonly ApiKey[]> {
  const keys = await deps.identity.keys(principal.tenant);
  if (principal.role === 'admin') return keys;
  return keys.filter((key) => key.userId === principal.userId);
}

async function keyOwner(
  deps: ApiDeps,
  principal: Principal,
  userId: string | undefined,
): Promise<string> {
  if (userId === undefined || userId === principal.userId) return principal.userId;
  if (principal.role !== 'admin') {
    throw new GatewayError('forbidden', 'Only an administrator makes keys for others.');
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
  const endMs = keys.find((key) => key.id === principal.credentialId)?.expiresAtMs ?? null;
  if (wantedMs === undefined) return endMs;
  if (wantedMs <= deps.now()) throw badEnd('is in the past', 'Give a time to come.');
  if (endMs !== null && wantedMs > endMs) {
    throw badEnd('is after the end of your own key', `At most ${endMs}.`);
  }
  return wantedMs;
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
  const { id, name, prefix, userId, createdAtMs, expiresAtMs, revokedAtMs } = key;
  return { id, name, prefix, userId, createdAtMs, expiresAtMs, revokedAtMs };
}
