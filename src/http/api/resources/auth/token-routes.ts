import { z } from '@hono/zod-openapi';
import { chooseTenant } from '../../../../identity/authentication/sign-in.ts';
import type { LoginTokens } from '../../../../identity/tokens/login-tokens.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { tellSignIn } from './tell-sign-in.ts';
import { loginField, passwordField, secondProofFields, tenantField } from './auth-schemas.ts';

const tokensSchema = z
  .strictObject({
    accessToken: z.string().describe('A JWT for `Authorization: Bearer`.'),
    token: z.string().describe('The same as `accessToken`.'),
    tokenType: z.literal('Bearer'),
    expiresInSeconds: z.int(),
    refreshToken: z.string().describe('For POST /auth/refresh, once.'),
    userId: z.string(),
    tenantId: z.string(),
  })
  .openapi('LoginTokens');

const credentialsSchema = z
  .strictObject({
    login: loginField,
    password: passwordField,
    tenant: tenantField
      .describe('Id or name of the tenant to act in; needed by who belongs to several.')
      .optional(),
    ...secondProofFields,
  })
  .openapi('Credentials');

const refreshSchema = z
  .strictObject({ refreshToken: z.string().min(1).max(100) })
  .openapi('RefreshToken');

const jwksSchema = z
  .strictObject({ keys: z.array(z.record(z.string(), z.unknown())) })
  .openapi('JsonWebKeySet');

const tag = 'Signing in';

/** Tokens for programs that act for a person. */
export function tokenRoutes(deps: ApiDeps): ApiRoute[] {
  return [authenticateRoute(deps), refreshRoute(deps), logoutRoute(deps), jwksRoute(deps)];
}

const authenticateRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/authenticate'],
    operationIds: ['authenticate'],
    tag,
    summary: 'Get tokens for login and password',
    description:
      'The access token is good for ten minutes on every endpoint; the refresh token gets the ' +
      'next pair.',
    permission: 'public',
    rateBounded: true,
    body: { schema: credentialsSchema, example: { login: 'ada', password: 'a long password' } },
    answers: { 200: { description: 'The tokens.', schema: tokensSchema } },
    errors: ['unauthenticated', 'second_factor_needed', 'forbidden'],
    handle: async ({ body, client }) => {
      const { tenant: wanted, ...credentials } = present(body);
      const { authentication } = deps;
      const signedIn = await authentication.signIn({ ...credentials, address: client.address });
      const { tenant, requiresSecondFactor } = chooseTenant(signedIn, wanted);
      if (requiresSecondFactor && !signedIn.hasSecondFactor) throw factorFirst();
      const { id: userId } = signedIn.person;
      const by = signedIn.hasSecondFactor ? 'second_factor' : 'password';
      await tellSignIn(deps, { userId, tenant, action: 'authenticate', by });
      const tokens = await authentication.loginTokens.issue(tenant, userId);
      deps.log.info({ userId, tenant, address: client.address, kind: 'password' }, 'signed in');
      return respondJson(200, tokensJson(tokens));
    },
  });

const refreshRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/refresh'],
    operationIds: ['refreshTokens'],
    tag,
    summary: 'Get the next tokens for a refresh token',
    description:
      'Each refresh token works once. For 30 seconds it answers with the same next one, for who ' +
      'lost the answer; after that its use ends the login, because somebody else has it.',
    permission: 'public',
    rateBounded: true,
    body: { schema: refreshSchema, example: { refreshToken: 'mgr_…' } },
    answers: { 200: { description: 'The tokens.', schema: tokensSchema } },
    errors: ['unauthenticated'],
    handle: async ({ body }) =>
      respondJson(
        200,
        tokensJson(await deps.authentication.loginTokens.refresh(body.refreshToken)),
      ),
  });

const logoutRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/logout'],
    operationIds: ['logout'],
    tag,
    summary: 'End the login of a refresh token',
    description: 'Its access tokens end with it, at once.',
    permission: 'public',
    rateBounded: true,
    body: { schema: refreshSchema, example: { refreshToken: 'mgr_…' } },
    answers: { 204: { description: 'Ended, or was not known.' } },
    handle: async ({ body }) => {
      await deps.authentication.loginTokens.end(body.refreshToken);
      return respondEmpty();
    },
  });

const jwksRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/.well-known/jwks.json'],
    operationIds: ['signingKeys'],
    tag,
    summary: 'The keys that verify access tokens',
    permission: 'public',
    answers: { 200: { description: 'A JSON Web Key Set (RFC 7517).', schema: jwksSchema } },
    errors: ['storage_unavailable'],
    handle: async () =>
      respondJson(200, await deps.authentication.signingKeys.publicKeys(), {
        'Cache-Control': 'public, max-age=300',
      }),
  });

function factorFirst(): GatewayError {
  const text = 'This tenant lets in only who has a second factor; set one up in the console.';
  return new GatewayError('forbidden', text);
}

function tokensJson({ tenant, ...tokens }: LoginTokens): z.output<typeof tokensSchema> {
  return { ...tokens, token: tokens.accessToken, tokenType: 'Bearer', tenantId: tenant };
}
