import { z } from '@hono/zod-openapi';
import type { ServiceRegistry } from '../../../../catalog/service-view.ts';
import type { ConnectedService } from '../../../../identity/vault/connected-service.ts';
import type { Connections } from '../../../../identity/vault/connections.ts';
import type { Connection } from '../../../../identity/store.ts';
import type { Rotation } from '../../../../identity/vault/vault.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { Principal, TenantId } from '../../../../kernel/principal.ts';
import { isPersonal } from '../../../../kernel/oauth/upstream-oauth.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { fieldProblem } from '../../framework/problem.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';

/** What the routes of connections need. */
export interface ConnectionRouteDeps {
  readonly connections: Pick<Connections, 'begin' | 'list' | 'remove'>;
  readonly registry: Pick<ServiceRegistry, 'get' | 'list'>;
  /** The service as an OAuth resource; undefined when it wants no tokens. */
  connectedService(tenant: TenantId, serviceId: string): ConnectedService | undefined;
  /** Connects by a token that says who the user is. */
  connectSubject(
    principal: Principal,
    service: ConnectedService,
    subjectToken: string,
  ): Promise<Connection>;
  rotateVault(options: { readonly dataKeys: boolean }): Promise<Rotation>;
  /** True for the tenant of whoever runs the gateway. */
  isOperators(tenant: TenantId): Promise<boolean>;
}

const connectionSchema = z
  .strictObject({
    id: z.string(),
    service: z.string().describe('The slug of the service.'),
    issuer: z.string().describe('The authorization server that gave the tokens.'),
    scopes: z.array(z.string()).describe('What was granted.'),
    status: z.enum(['active', 'expired']).describe('`expired`: it has to be connected anew.'),
    expiresAtMs: z.int().nullable().describe('When the access token ends; it is renewed.'),
    createdAtMs: z.int(),
  })
  .openapi('Connection');

const requestSchema = z
  .strictObject({
    service: z.string().min(1).max(200).describe('The id or slug of the service.'),
    subjectToken: z
      .string()
      .min(1)
      .max(limits.tokenLengthMax)
      .optional()
      .describe('A token that says who you are, for services that take one in exchange.'),
  })
  .openapi('ConnectionRequest');

const startedSchema = z
  .strictObject({
    url: z.string().describe('Open it in a browser within ten minutes; it works once.'),
    expiresAtMs: z.int(),
  })
  .openapi('ConnectionStart');

const rotationSchema = z
  .strictObject({
    rewrapped: z.int().describe('Data keys wrapped with another key now.'),
    made: z.int().describe('Data keys made.'),
    resealed: z.int().describe('Credentials sealed with another data key now.'),
    deleted: z.int().describe('Data keys deleted that nothing needed any more.'),
  })
  .openapi('VaultRotation');

const params = z.strictObject({ connection: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });
const tag = 'Connections';

/** A user's own accounts at services, and the keys that all credentials are sealed with. */
export function connectionRoutes(deps: ConnectionRouteDeps): ApiRoute[] {
  return [listRoute(deps), startRoute(deps), removeRoute(deps), rotateRoute(deps)];
}

const listRoute = (deps: ConnectionRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/connections'],
    operationIds: ['listConnections'],
    tag,
    summary: 'List your connections',
    description: 'Your own accounts at services; tokens are never shown.',
    permission: 'connections.own',
    answers: {
      200: {
        description: 'The connections.',
        schema: z.strictObject({ connections: z.array(connectionSchema) }).openapi('Connections'),
      },
    },
    handle: async ({ principal }) => {
      const seen = new Map(
        (await deps.registry.list(principal)).map(({ service }) => [service.id, service.slug]),
      );
      const all = await deps.connections.list(principal.tenant, principal.subject.id);
      const connections = all.flatMap((one) => {
        const slug = seen.get(one.serviceId);
        return slug === undefined ? [] : [shown(one, slug)];
      });
      return respondJson(200, { connections });
    },
  });

const startRoute = (deps: ConnectionRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/connections'],
    operationIds: ['startConnection'],
    tag,
    summary: 'Connect an account',
    description:
      'Answers the address at which you connect your account at a service, or connects it at ' +
      'once where the service takes a token that says who you are.',
    permission: 'connections.own',
    body: { schema: requestSchema, example: { service: 'calendar' } },
    answers: {
      200: { description: 'Open the address in a browser.', schema: startedSchema },
      201: { description: 'Connected.', schema: connectionSchema },
    },
    errors: ['not_found', 'upstream_failed'],
    handle: async ({ principal, body }) => {
      const { service } = await deps.registry.get(principal, body.service);
      const connected = deps.connectedService(principal.tenant, service.id);
      if (connected === undefined || !isPersonal(connected.oauth)) {
        const problem = 'is a service at which users have no accounts of their own';
        throw fieldProblem([{ field: 'service', problem, fix: 'Just use it.' }]);
      }
      if (connected.oauth.grant === 'authorization_code') {
        return respondJson(200, await deps.connections.begin(principal, connected));
      }
      const { subjectToken } = body;
      if (subjectToken === undefined) {
        const fix = 'Send the token that your identity provider gave you.';
        throw fieldProblem([{ field: 'subjectToken', problem: 'is needed for this service', fix }]);
      }
      const made = await deps.connectSubject(principal, connected, subjectToken);
      return respondJson(201, shown(made, service.slug));
    },
  });

const removeRoute = (deps: ConnectionRouteDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/connections/{connection}'],
    operationIds: ['removeConnection'],
    tag,
    summary: 'Give up a connection',
    description: 'Its tokens are forgotten, and revoked where their server has a way to.',
    permission: 'connections.own',
    params,
    answers: { 204: { description: 'Forgotten.' } },
    errors: ['not_found'],
    handle: async ({ principal, params: { connection } }) => {
      const { tenant, subject } = principal;
      const isRemoved = await deps.connections.remove(tenant, subject.id, connection);
      if (!isRemoved) throw new GatewayError('not_found');
      return respondEmpty();
    },
  });

const rotateRoute = (deps: ConnectionRouteDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/vault/rotations'],
    operationIds: ['rotateVault'],
    tag,
    summary: "Rotate the vault's keys",
    description:
      'Wraps every data key with the first wrapping key; with `dataKeys` besides makes new data ' +
      'keys and seals every credential with them. Nothing stops meanwhile.',
    permission: 'credentials.manage',
    body: {
      schema: z
        .strictObject({ dataKeys: z.boolean().default(false) })
        .openapi('VaultRotationRequest'),
      example: { dataKeys: true },
    },
    answers: { 200: { description: 'What was done.', schema: rotationSchema } },
    handle: async ({ principal, body }) => {
      // The keys are all tenants'.
      if (!(await deps.isOperators(principal.tenant))) throw new GatewayError('forbidden');
      return respondJson(200, await deps.rotateVault(body));
    },
  });

function shown({ id, issuer, scopes, status, expiresAtMs, createdAtMs }: Connection, slug: string) {
  return { id, service: slug, issuer, scopes, status, expiresAtMs, createdAtMs };
}
