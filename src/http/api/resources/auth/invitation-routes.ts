import { z } from '@hono/zod-openapi';
import type { Invitation } from '../../../../identity/authentication/invitations.ts';
import { invitationUrl } from '../../../../identity/create-authentication.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute } from '../../framework/define-route.ts';
import { checkRoles } from '../../grants/check-grant.ts';
import { respondEmpty, respondJson } from '../../framework/respond.ts';
import { tellSignIn } from './tell-sign-in.ts';
import { linkTokenField, newPasswordField } from './auth-schemas.ts';

const invitationFields = {
  id: z.string(),
  email: z.string().nullable(),
  roles: z.array(z.string()),
  createdAtMs: z.int(),
  expiresAtMs: z.int(),
};
const invitationSchema = z.strictObject(invitationFields).openapi('Invitation');
const invitationsSchema = z
  .strictObject({ invitations: z.array(invitationSchema) })
  .openapi('Invitations');
const newInvitationSchema = z
  .strictObject({
    id: z.string(),
    token: z.string().describe('Works once; shown this once.'),
    url: z.string().describe('Where it is opened.'),
    isMailed: z.boolean().describe('Whether it is also on its way by mail.'),
  })
  .openapi('NewInvitation');
const shownSchema = z
  .strictObject({ tenantName: z.string(), email: z.string().nullable(), expiresAtMs: z.int() })
  .openapi('ShownInvitation');
const joinedSchema = z
  .strictObject({ userId: z.string(), tenantId: z.string() })
  .openapi('AcceptedInvitation');

const requestSchema = z
  .strictObject({
    email: z
      .email()
      .max(limits.signInNameLengthMax)
      .describe('Becomes the address of a new account, and gets the link by mail.')
      .optional(),
    roles: z.array(z.string().min(1).max(64)).min(1).max(20),
  })
  .openapi('InvitationRequest');
const tokenSchema = z.strictObject({ token: linkTokenField }).openapi('InvitationToken');
const acceptSchema = z
  .strictObject({
    token: linkTokenField,
    login: z
      .string()
      .min(1)
      .max(limits.signInNameLengthMax)
      .regex(/^[^\s@]+$/, 'must have neither spaces nor @')
      .describe('The name to sign in with from now on.'),
    name: z.string().min(1).max(limits.titleLengthMax),
    password: newPasswordField,
  })
  .openapi('InvitationAcceptance');
const params = z.strictObject({ invitation: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

const tag = 'Invitations';

/** Invitations into the tenant. */
export function invitationRoutes(deps: ApiDeps): ApiRoute[] {
  return [
    inviteRoute(deps),
    listRoute(deps),
    withdrawRoute(deps),
    showRoute(deps),
    acceptRoute(deps),
    joinRoute(deps),
  ];
}

const inviteRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/api/v1/invitations'],
    operationIds: ['invite'],
    tag,
    summary: 'Invite somebody into the tenant',
    permission: 'users.manage',
    secretOnce: true,
    body: { schema: requestSchema, example: { email: 'ada@example.com', roles: ['developer'] } },
    answers: { 201: { description: 'The link, good for 7 days.', schema: newInvitationSchema } },
    errors: ['forbidden', 'conflict'],
    handle: async ({ principal, body }) => {
      await checkRoles(deps.identity, principal, body.roles);
      const { people, invitations, baseUrl, sendsMail } = deps.authentication;
      const { tenant } = principal;
      const invitedBy = (await people.get(principal.subject.id))?.name ?? 'Somebody';
      const email = body.email?.toLowerCase() ?? null;
      const made = await invitations.invite({ tenant, email, roles: body.roles, invitedBy });
      const url = invitationUrl(baseUrl(), made.token);
      return respondJson(201, { ...made, url, isMailed: sendsMail && email !== null });
    },
  });

const listRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/invitations'],
    operationIds: ['listInvitations'],
    tag,
    summary: 'List open invitations',
    permission: 'users.manage',
    answers: { 200: { description: 'Those nobody took yet.', schema: invitationsSchema } },
    handle: async ({ principal }) => {
      const open = await deps.authentication.invitations.list(principal.tenant);
      return respondJson(200, { invitations: open.map(invitationJson) });
    },
  });

const withdrawRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'delete',
    paths: ['/api/v1/invitations/{invitation}'],
    operationIds: ['withdrawInvitation'],
    tag,
    summary: 'Withdraw an invitation',
    permission: 'users.manage',
    params,
    answers: { 204: { description: 'Withdrawn.' } },
    handle: async ({ principal, params }) => {
      const { invitations } = deps.authentication;
      if (await invitations.withdraw(principal.tenant, params.invitation)) return respondEmpty();
      throw new GatewayError('not_found');
    },
  });

const showRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/invitations/show'],
    operationIds: ['showInvitation'],
    tag,
    summary: 'Show what an invitation is for',
    description: 'Uses nothing up.',
    permission: 'public',
    rateBounded: true,
    body: { schema: tokenSchema, example: { token: '…' } },
    answers: { 200: { description: 'The invitation.', schema: shownSchema } },
    errors: ['not_found'],
    handle: async ({ body }) => {
      const found = await deps.authentication.invitations.find(body.token);
      const { tenantName, email, expiresAtMs } = found;
      return respondJson(200, { tenantName, email, expiresAtMs });
    },
  });

const acceptRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/invitations/accept'],
    operationIds: ['acceptInvitation'],
    tag,
    summary: 'Accept an invitation with a new account',
    permission: 'public',
    rateBounded: true,
    body: {
      schema: acceptSchema,
      example: { token: '…', login: 'ada', name: 'Ada', password: 'a long password' },
    },
    answers: { 201: { description: 'The account is there; sign in.', schema: joinedSchema } },
    errors: ['not_found', 'conflict'],
    handle: async ({ body, client }) => {
      const { token, login, ...rest } = body;
      const newcomer = { ...rest, login: login.toLowerCase() };
      const { person, tenant } = await deps.authentication.invitations.accept(token, newcomer);
      deps.log.info({ userId: person.id, tenant, address: client.address }, 'invitation accepted');
      const who = { userId: person.id, tenant };
      await tellSignIn(deps, { ...who, action: 'acceptInvitation', by: 'link' });
      return respondJson(201, { userId: person.id, tenantId: tenant });
    },
  });

const joinRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    method: 'post',
    paths: ['/auth/invitations/join'],
    operationIds: ['joinByInvitation'],
    tag,
    summary: 'Accept an invitation with the own account',
    permission: 'self',
    body: { schema: tokenSchema, example: { token: '…' } },
    answers: { 200: { description: 'You are a member.', schema: joinedSchema } },
    errors: ['not_found', 'conflict'],
    handle: async ({ principal, body }) => {
      const userId = principal.subject.id;
      const tenantId = await deps.authentication.invitations.join(body.token, userId);
      return respondJson(200, { userId, tenantId });
    },
  });

function invitationJson(invitation: Invitation): z.output<typeof invitationSchema> {
  const { id, email, roles, createdAtMs, expiresAtMs } = invitation;
  return { id, email, roles: [...roles], createdAtMs, expiresAtMs };
}
