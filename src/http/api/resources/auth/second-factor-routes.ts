import { z } from '@hono/zod-openapi';
import { wrongPassword } from '../../../../identity/authentication/password-changes.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { passwordField } from './auth-schemas.ts';

const stateSchema = z
  .strictObject({ isOn: z.boolean(), recoveryCodesLeft: z.int() })
  .openapi('SecondFactor');
const enrolledSchema = z
  .strictObject({
    secret: z.string().describe('For typing into an authenticator app, in base32.'),
    uri: z.string().describe('The same as an otpauth: URI, to be shown as a QR code.'),
  })
  .openapi('NewSecondFactor');
const codesSchema = z
  .strictObject({
    recoveryCodes: z
      .array(z.string())
      .describe(`${limits.recoveryCodes} codes that work once each, shown this once.`),
  })
  .openapi('RecoveryCodes');
const passwordSchema = z.strictObject({ password: passwordField }).openapi('PasswordAgain');
const codeSchema = z
  .strictObject({ totp: z.string().max(16).describe('The six digits that the app shows.') })
  .openapi('OneTimeCode');

const tag = 'Second factor';

/** One-time codes by an authenticator app, for oneself. */
export function secondFactorRoutes(deps: ApiDeps): ApiRoute[] {
  return [stateRoute(deps), enrolRoute(deps), confirmRoute(deps), disableRoute(deps)];
}

const stateRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/auth/second-factor'],
    operationIds: ['secondFactor'],
    tag,
    summary: 'Whether the own second factor is on',
    permission: 'self',
    answers: { 200: { description: 'Its state.', schema: stateSchema } },
    handle: async ({ principal }) => {
      const state = await deps.authentication.secondFactors.state(principal.subject.id);
      const recoveryCodesLeft = state?.recoveryCodesLeft ?? 0;
      return respondJson(200, { isOn: state !== undefined, recoveryCodesLeft });
    },
  });

const enrolRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/second-factor'],
    operationIds: ['enrolSecondFactor'],
    tag,
    summary: 'Begin to set up a second factor',
    description: 'Nothing changes until a code of it is confirmed.',
    permission: 'self',
    body: { schema: passwordSchema, example: { password: 'a long password' } },
    answers: { 201: { description: 'The secret.', schema: enrolledSchema } },
    errors: ['conflict'],
    handle: async ({ principal, body, client }) => {
      const { id } = principal.subject;
      const { people, secondFactors } = deps.authentication;
      await checkPassword(deps, id, body.password, client.address);
      const person = await people.get(id);
      if (person === undefined) throw new GatewayError('unauthenticated');
      return respondJson(201, await secondFactors.enrol(id, person.login));
    },
  });

const confirmRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/second-factor/confirm'],
    operationIds: ['confirmSecondFactor'],
    tag,
    summary: 'Turn the second factor on',
    permission: 'self',
    body: { schema: codeSchema, example: { totp: '123456' } },
    answers: { 200: { description: 'It is on.', schema: codesSchema } },
    errors: ['conflict'],
    handle: async ({ principal, body }) => {
      const { id } = principal.subject;
      const recoveryCodes = await deps.authentication.secondFactors.confirm(id, body.totp);
      return respondJson(200, { recoveryCodes: [...recoveryCodes] });
    },
  });

const disableRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/second-factor/disable'],
    operationIds: ['disableSecondFactor'],
    tag,
    summary: 'Turn the second factor off',
    permission: 'self',
    body: { schema: passwordSchema, example: { password: 'a long password' } },
    answers: { 204: { description: 'It is off.' } },
    errors: ['not_found'],
    handle: async ({ principal, body, client }) => {
      const { id } = principal.subject;
      await checkPassword(deps, id, body.password, client.address);
      if (!(await deps.authentication.secondFactors.remove(id))) {
        throw new GatewayError('not_found', 'The second factor is off already.');
      }
      return respondEmpty();
    },
  });

/** Whoever found an open browser does not know the password. */
async function checkPassword(
  { authentication: { passwordChanges } }: ApiDeps,
  userId: string,
  password: string,
  address: string,
): Promise<void> {
  if (!(await passwordChanges.confirm(userId, password, address))) throw wrongPassword('password');
}
