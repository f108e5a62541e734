import { z } from '@hono/zod-openapi';
import { wrongPassword } from '../../../../identity/authentication/password-changes.ts';
import {
  accountKinds,
  tenantKinds,
  type Erasure,
  type ErasureRequest,
} from '../../../../identity/privacy/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';
import { checkOwner } from '../../grants/check-grant.ts';
import { pathId } from '../../grants/identity-fields.ts';
import { passwordField, secondProofFields } from '../auth/auth-schemas.ts';

const params = z.strictObject({ user: pathId });
const query = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .describe('`true`: tells what would go, and erases nothing.')
    .optional(),
});

const rowsOf = (kinds: readonly string[]) =>
  z.strictObject(Object.fromEntries(kinds.map((kind) => [kind, z.int()])));
const tenantRows = rowsOf(tenantKinds);

const erasureSchema = z
  .strictObject({
    userId: z.string(),
    dryRun: z.boolean().describe('True when nothing was erased.'),
    account: z
      .enum(['erased', 'kept'])
      .describe('`kept`: the person is in other tenants as well, which keep its account.'),
    tenants: z
      .array(z.strictObject({ tenantId: z.string(), rows: tenantRows }))
      .describe('What is deleted in each tenant.'),
    leftovers: tenantRows.describe('What was left where the person is in no more.'),
    accountRows: rowsOf(accountKinds),
    pseudonymous: z
      .array(z.string())
      .describe('Records that stay as they are: they name the person by an id that leads nowhere.'),
  })
  .openapi('Erasure');

const selfSchema = z
  .strictObject({ password: passwordField, ...secondProofFields })
  .openapi('SelfErasure');

const shared = {
  method: 'post',
  tag: 'Privacy',
  query,
  answers: { 200: { description: 'What went, or would go.', schema: erasureSchema } },
  actDetail: (given: z.output<typeof query>) => (given.dryRun === 'true' ? { dryRun: true } : {}),
} as const;

/** Erasing people, by an owner or by themselves. */
export function erasureRoutes(deps: ApiDeps): ApiRoute[] {
  return [personRoute(deps), selfRoute(deps)];
}

const personRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...shared,
    paths: ['/api/v1/privacy/people/{user}/erasure'],
    operationIds: ['erasePerson'],
    summary: 'Erase a user',
    description:
      'Deletes everything of the user in this tenant that is no record, and ends what it has ' +
      'open, on every instance. With its last membership its account goes. Usage records and ' +
      'audit events stay, with an id that leads to nobody. It cannot be undone.',
    permission: 'privacy.manage',
    params,
    errors: ['conflict'],
    handle: async ({ principal, params: { user }, query: { dryRun } }) => {
      if (principal.subject.id === user) {
        const text = 'Erase yourself with POST /api/v1/me/erasure, which asks for your password.';
        throw new GatewayError('forbidden', text);
      }
      const { tenant } = principal;
      const member = await deps.identity.members.get(tenant, user);
      if (member !== undefined) checkOwner(principal, member.membership.roles);
      return erase(deps, {
        userId: user,
        tenant,
        isOrphanMeant: principal.permissions.actions.has('tenants.manage'),
        isDryRun: dryRun === 'true',
      });
    },
  });

const selfRoute = (deps: ApiDeps): ApiRoute =>
  defineRoute({
    ...shared,
    paths: ['/api/v1/me/erasure'],
    operationIds: ['eraseSelf'],
    summary: 'Erase yourself, in every tenant you are in',
    description:
      'Needs the password, and a code where the second factor is on. Somebody without a password ' +
      'asks an owner. It cannot be undone.',
    permission: 'self',
    body: { schema: selfSchema, example: { password: 'a long password' } },
    errors: ['conflict', 'second_factor_needed', 'unauthenticated'],
    handle: async ({ principal, body, query: { dryRun }, client }) => {
      const { id } = principal.subject;
      await checkPerson(deps, id, present(body), client.address);
      return erase(deps, {
        userId: id,
        tenant: null,
        isOrphanMeant: true,
        isDryRun: dryRun === 'true',
      });
    },
  });

/** Whoever found an open browser knows neither password nor code. */
async function checkPerson(
  { authentication: { people, passwordChanges, secondFactors, lockout } }: ApiDeps,
  userId: string,
  { password, ...proof }: z.output<typeof selfSchema>,
  address: string,
): Promise<void> {
  const person = await people.get(userId);
  if (person === undefined) throw new GatewayError('unauthenticated');
  if (!(await passwordChanges.confirm(userId, password, address))) throw wrongPassword('password');
  if (!(await secondFactors.isOn(userId))) return;
  if (proof.totp === undefined && proof.recoveryCode === undefined) {
    throw new GatewayError('second_factor_needed');
  }
  // A right password forgave the attempt; a wrong code must count as one.
  await lockout.begin(person.login, address);
  if (!(await secondFactors.check(userId, present(proof)))) {
    throw new GatewayError('unauthenticated', 'The code is wrong.');
  }
  await lockout.succeed(person.login, address);
}

async function erase(deps: ApiDeps, request: ErasureRequest): Promise<Response> {
  const { privacy, revoked } = deps;
  const erasure = await privacy.store.erase(request);
  if (erasure === undefined) throw new GatewayError('not_found');
  if (!request.isDryRun) {
    for (const { tenant, id } of erasure.ended) revoked(tenant, id);
    for (const { tenant } of erasure.tenants) await privacy.forget(tenant);
    // What is deleted is deleted; the files follow with the next checkpoint.
    await privacy.store.scrub().catch((error: unknown) => {
      deps.log.warn({ reason: String(error) }, 'deleted rows are still in the write-ahead log');
    });
  }
  return respondJson(200, shown(request, erasure));
}

function shown({ userId, isDryRun }: ErasureRequest, erasure: Erasure) {
  const { isAccountErased, tenants, leftovers, accountRows } = erasure;
  return {
    userId,
    dryRun: isDryRun,
    account: isAccountErased ? 'erased' : 'kept',
    tenants: tenants.map(({ tenant, rows }) => ({ tenantId: tenant, rows })),
    leftovers,
    accountRows,
    pseudonymous: ['usage records', 'audit events'],
  };
}
