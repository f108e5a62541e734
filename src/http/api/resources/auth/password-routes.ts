import { z } from '@hono/zod-openapi';
import { resetUrl } from '../../../../identity/create-authentication.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { checkMayReset } from './check-may-reset.ts';
import { tellSignIn } from './tell-sign-in.ts';
import { linkTokenField, loginField, newPasswordField, passwordField } from './auth-schemas.ts';

const changeSchema = z
  .strictObject({ oldPassword: passwordField, newPassword: newPasswordField })
  .openapi('PasswordChange');
const askSchema = z.strictObject({ login: loginField }).openapi('PasswordResetWish');
const resetSchema = z
  .strictObject({ token: linkTokenField, password: newPasswordField })
  .openapi('PasswordReset');
const linkSchema = z
  .strictObject({
    token: z.string().describe('Works once; shown this once.'),
    url: z.string().describe('Where it is opened.'),
    expiresAtMs: z.int(),
  })
  .openapi('PasswordResetLink');
const params = z.strictObject({ user: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

const tag = 'Passwords';

/** New passwords: by who knows the old one, or by a link. */
export function passwordRoutes(deps: ApiDeps): ApiRoute[] {
  return [changeRoute(deps), askRoute(deps), resetRoute(deps), linkRoute(deps)];
}

const changeRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/password'],
    operationIds: ['changePassword'],
    tag,
    summary: 'Change the own password',
    description: 'Ends every other login, those of OAuth clients too.',
    permission: 'self',
    body: {
      schema: changeSchema,
      example: { oldPassword: 'a long password', newPassword: 'a longer password' },
    },
    answers: { 204: { description: 'Changed.' } },
    handle: async ({ principal, body, client }) => {
      const { subject, grantId } = principal;
      const whose = { userId: subject.id, grantId, address: client.address };
      await deps.authentication.passwordChanges.change({ ...body, ...whose });
      return respondEmpty();
    },
  });

const askRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/password/forgotten'],
    operationIds: ['askPasswordReset'],
    tag,
    summary: 'Ask for a link to set a new password',
    description:
      'The answer is always the same. Where the gateway has a mail server, the link is sent to ' +
      'the address of the account; elsewhere an administrator makes one.',
    permission: 'public',
    rateBounded: true,
    body: { schema: askSchema, example: { login: 'ada' } },
    answers: { 202: { description: 'If there is such an account, a mail is on its way.' } },
    handle: async ({ body }) => {
      await deps.authentication.passwordChanges.askReset(body.login);
      return new Response(null, { status: 202 });
    },
  });

const resetRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/password/reset'],
    operationIds: ['resetPassword'],
    tag,
    summary: 'Set a new password by a link',
    description: 'Ends every login. The second factor stays as it is.',
    permission: 'public',
    rateBounded: true,
    body: { schema: resetSchema, example: { token: '…', password: 'a longer password' } },
    answers: { 204: { description: 'Set.' } },
    errors: ['not_found'],
    handle: async ({ body, client }) => {
      const person = await deps.authentication.passwordChanges.reset(body.token, body.password);
      deps.log.info({ userId: person.id, address: client.address }, 'password set by link');
      for (const { tenant } of await deps.authentication.people.memberships(person.id)) {
        const who = { userId: person.id, tenant };
        await tellSignIn(deps, { ...who, action: 'resetPassword', by: 'link' });
      }
      return respondEmpty();
    },
  });

const linkRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/users/{user}/password-reset'],
    operationIds: ['makePasswordReset'],
    tag,
    summary: 'Make a link that sets a user’s password',
    description:
      'For users of this tenant alone: whoever sets the password of a person who is in other ' +
      'tenants would act there too. Of a user who may do more than the caller no link is made.',
    permission: 'users.manage',
    secretOnce: true,
    params,
    answers: { 201: { description: 'The link, to be handed to the user.', schema: linkSchema } },
    errors: ['conflict'],
    handle: async ({ principal, params }) => {
      await checkMayReset(deps, principal, params.user);
      const { passwordChanges, baseUrl } = deps.authentication;
      const { token, link } = await passwordChanges.makeReset(params.user);
      const { expiresAtMs } = link;
      return respondJson(201, { token, url: resetUrl(baseUrl(), token), expiresAtMs });
    },
  });
