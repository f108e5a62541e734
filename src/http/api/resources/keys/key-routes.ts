import { issueKey, makeSecret } from '../../../../identity/keys/make-key.ts';
import type { ApiKey } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import {
  keyJson,
  keyParams,
  keyRequestSchema,
  keysSchema,
  newKeySchema,
  rotatedKeySchema,
  rotationSchema,
} from './key-json.ts';
import { checkReach, keyEnd, keyHolder, keyLimits, visibleKeys } from './key-rules.ts';

const tag = 'API keys';

/** API keys: a user's own, or for who manages keys all of the tenant. */
export function keyRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), createRoute(deps), rotateRoute(deps), revokeRoute(deps)];
}

const listRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/keys'],
    operationIds: ['listKeys'],
    tag,
    summary: 'List API keys',
    description:
      'The own keys, or with keys.manage those of the tenant; a key with access rules sees ' +
      'itself and the keys that were made with it.',
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
    secretOnce: true,
    body: { schema: keyRequestSchema, example: { name: 'laptop' } },
    answers: { 201: { description: 'The new key.', schema: newKeySchema } },
    errors: ['forbidden', 'not_found', 'conflict'],
    handle: async ({ principal, body }) => {
      const { tenant } = principal;
      const subject = await keyHolder(deps, principal, body);
      const expiresAtMs = keyEnd(deps.now(), await askingKey(deps, principal), body.expiresAtMs);
      const limited = keyLimits(principal, body);
      await checkReach(deps, principal, subject, limited);
      const maker = { ...deps.keyMaker, apiKeys: deps.identity.apiKeys };
      const request = { subject, name: body.name, expiresAtMs, ...limited };
      const { key, plaintext } = await issueKey(maker, tenant, request);
      return respondJson(201, { ...keyJson(key), apiKey: plaintext });
    },
  });

const rotateRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/keys/{key}/rotate'],
    operationIds: ['rotateKey'],
    tag,
    summary: 'Give an API key a new text',
    description:
      'The key stays the same, with all that is bound to it; its text before stays good for a ' +
      'while. The new text is shown in this answer and never again.',
    permission: 'keys.own',
    secretOnce: true,
    params: keyParams,
    body: { schema: rotationSchema, example: { graceMs: 3_600_000 } },
    answers: { 200: { description: 'The key with its new text.', schema: rotatedKeySchema } },
    errors: ['forbidden', 'conflict'],
    handle: async ({ principal, params, body }) => {
      const { tenant } = principal;
      const key = await aliveKey(deps, principal, params.key);
      await checkReach(deps, principal, key.subject, key);
      checkOutlives(await askingKey(deps, principal), key);
      const { secret, plaintext } = makeSecret(deps.keyMaker, key);
      const previousEndsAtMs = deps.now() + (body.graceMs ?? limits.keyGraceMs);
      const { apiKeys } = deps.identity;
      if (!(await apiKeys.rotate(tenant, key.id, secret, previousEndsAtMs))) {
        throw new GatewayError('not_found');
      }
      const shown = { ...keyJson(key), apiKey: plaintext, previousEndsAtMs };
      return respondJson(200, shown);
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
    params: keyParams,
    answers: { 204: { description: 'Revoked.' } },
    handle: async ({ principal, params }) => {
      const { tenant } = principal;
      const { id } = await aliveKey(deps, principal, params.key);
      const revoked = await deps.identity.apiKeys.revoke(tenant, id, deps.now());
      if (!revoked) throw new GatewayError('not_found');
      deps.revoked(tenant, id);
      return respondEmpty();
    },
  });

/** A key that the caller may know of and that was not revoked. Throws `not_found`. */
async function aliveKey(deps: ApiDeps, principal: Principal, id: string): Promise<ApiKey> {
  const keys = await visibleKeys(deps, principal);
  const key = keys.find((one) => one.id === id && one.revokedAtMs === null);
  if (key === undefined) throw new GatewayError('not_found');
  return key;
}

/** The key that the caller asks with, when it is one. */
function askingKey(deps: ApiDeps, { tenant, grantId }: Principal): Promise<ApiKey | undefined> {
  return deps.identity.apiKeys.get(tenant, grantId);
}

/** Throws `forbidden` when a key that ends would get the text of one that lives on. */
function checkOutlives(asking: ApiKey | undefined, { id, expiresAtMs }: ApiKey): void {
  const endMs = asking?.expiresAtMs ?? null;
  if (endMs === null || asking?.id === id) return;
  if (expiresAtMs !== null && expiresAtMs <= endMs) return;
  throw new GatewayError('forbidden', 'That key outlives your own; use one that ends later.');
}
