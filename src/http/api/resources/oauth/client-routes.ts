import { z } from '@hono/zod-openapi';
import { newClient } from '../../../../identity/oauth/clients/new-client.ts';
import type { OAuthClient } from '../../../../identity/oauth/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';

const clientFields = {
  clientId: z.string(),
  name: z.string(),
  createdAtMs: z.int(),
  usedAtMs: z.int().nullable().describe('When it last got tokens, to the hour.'),
};
const clientSchema = z.strictObject(clientFields).openapi('OAuthClient');
const clientsSchema = z.strictObject({ clients: z.array(clientSchema) }).openapi('OAuthClients');
const newClientSchema = z
  .strictObject({
    ...clientFields,
    clientSecret: z.string().nullable().describe('Shown this once; null for a public client.'),
  })
  .openapi('NewOAuthClient');

const requestSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(limits.titleLengthMax).describe('Shown at consent.'),
    redirectUris: z
      .array(z.string().min(1).max(limits.oauthRedirectUriLengthMax))
      .min(1)
      .max(limits.oauthRedirectUrisMax)
      .describe('https:, http: on localhost, or of a scheme of its own.'),
    kind: z
      .enum(['public', 'confidential'])
      .default('public')
      .describe('public for programs on people’s computers; confidential gets a secret.'),
  })
  .openapi('OAuthClientRequest');

const params = z.strictObject({ client: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });
const tag = 'OAuth';

/** Clients that a tenant registers, for its members alone. */
export function oauthClientRoutes(deps: ApiDeps): ApiRoute[] {
  return [listRoute(deps), createRoute(deps), deleteRoute(deps)];
}

const listRoute = ({ oauth }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/oauth-clients'],
    operationIds: ['listOAuthClients'],
    tag,
    summary: 'List OAuth clients of the tenant',
    permission: 'oauth.manage',
    answers: { 200: { description: 'The clients, the oldest first.', schema: clientsSchema } },
    handle: async ({ principal }) => {
      const clients = await oauth.clients.list(principal.tenant);
      return respondJson(200, { clients: clients.map(clientJson) });
    },
  });

const createRoute = ({ oauth, ids, now }: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/oauth-clients'],
    operationIds: ['createOAuthClient'],
    tag,
    summary: 'Register an OAuth client for the members of the tenant',
    permission: 'oauth.manage',
    secretOnce: true,
    body: {
      schema: requestSchema,
      example: { name: 'Desk', redirectUris: ['https://desk.example/callback'] },
    },
    answers: { 201: { description: 'The client.', schema: newClientSchema } },
    errors: ['conflict'],
    handle: async ({ principal, body }) => {
      const made = newClient(body, { tenant: principal.tenant, seal: oauth.seal, ids, now });
      if ('problem' in made) {
        const fix = 'Use https:, http: on localhost, or a scheme of the program’s own.';
        throw fieldProblem([{ field: 'redirectUris', problem: made.problem, fix }]);
      }
      await oauth.clients.insert(principal.tenant, made.client, limits.oauthClientsPerTenantMax);
      return respondJson(201, { ...clientJson(made.client), clientSecret: made.secret });
    },
  });

const deleteRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/oauth-clients/{client}'],
    operationIds: ['deleteOAuthClient'],
    tag,
    summary: 'Delete an OAuth client; what was granted to it ends',
    permission: 'oauth.manage',
    params,
    answers: { 204: { description: 'Deleted.' } },
    errors: ['not_found'],
    handle: async ({ principal: { tenant }, params: { client } }) => {
      if (!(await deps.oauth.clients.delete(tenant, client))) throw new GatewayError('not_found');
      const ended = await deps.oauth.listed.revokeOfClient(tenant, client, deps.now());
      for (const grantId of ended) deps.revoked(tenant, grantId);
      return respondEmpty();
    },
  });

function clientJson({ id, name, createdAtMs, usedAtMs }: OAuthClient) {
  return { clientId: id, name, createdAtMs, usedAtMs };
}
