import type { Member } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { endAccess } from '../../grants/end-access.ts';
import { newAccount } from '../../grants/new-account.ts';
import { changeUser } from './change-user.ts';
import { compileFilter, parseFilter, soleUserName } from './scim-filter.ts';
import type { ScimKind } from './scim-kind.ts';
import { urns } from './scim-protocol.ts';
import { patchableUser, readUser, userFilters, userResource, userShape } from './scim-user.ts';

const isKept = (member: Member | undefined): member is Member =>
  member?.membership.source === 'scim';
const isActive = ({ membership }: Member): boolean => membership.status === 'active';

/** The users that an identity provider keeps. */
export const scimUsers: ScimKind<Member> = {
  names: { path: 'Users', one: 'User', word: 'user' },
  texts: {
    creation: 'Login and email must be free: an account that exists is never taken over.',
    change: {
      summary: 'Change a user that SCIM keeps',
      description: 'Deactivating ends what the user has open, on every instance.',
    },
    removal: {
      summary: 'Take a user that SCIM keeps out of the tenant',
      answer: 'Removed; its login and email are free again.',
    },
    example: { schemas: [urns.user], userName: 'ada@example.com', active: true },
    operation: { op: 'replace', path: 'active', value: false },
  },
  shape: userShape,
  idOf: ({ account }) => account.id,
  versionOf: ({ membership }) => membership,
  find: async ({ identity: { members, accounts } }, tenant, filter) => {
    const parsed = filter === undefined ? undefined : parseFilter(filter);
    const login = parsed === undefined ? undefined : soleUserName(parsed);
    if (login !== undefined) {
      const account = await accounts.findByLogin(login);
      const member = account === undefined ? undefined : await members.get(tenant, account.id);
      return isKept(member) && member.account.login === login ? [member] : [];
    }
    const test = parsed === undefined ? () => true : compileFilter(parsed, userFilters);
    return (await members.list(tenant)).filter((member) => isKept(member) && test(member));
  },
  known: async ({ identity }, tenant, id) => {
    const member = await identity.members.get(tenant, id);
    if (!isKept(member)) throw new GatewayError('not_found');
    return member;
  },
  show: async (_deps, _tenant, base) => async (member) => userResource(member, base),
  create: async (deps, tenant, given) => {
    const { login, name, email, isActive: active, externalId } = readUser(given, true);
    const made = { id: deps.ids.next('usr'), createdAtMs: deps.now() };
    const account = newAccount({ ...made, login, name, email: email ?? undefined });
    const membership = {
      tenant,
      userId: made.id,
      roles: [],
      status: active ? ('active' as const) : ('deactivated' as const),
      source: 'scim' as const,
      externalId,
      createdAtMs: made.createdAtMs,
      version: 1,
    };
    await deps.identity.members.add(tenant, membership, account);
    return { account, membership };
  },
  replace: (deps, principal, before, given) =>
    changeUser(deps, principal, before, readUser(given, isActive(before))),
  patch: async (deps, principal, before, apply) => {
    const patched = apply(patchableUser(before));
    const wanted = readUser(patched, isActive(before), before.account.name);
    return await changeUser(deps, principal, before, wanted);
  },
  remove: async (deps, tenant, { membership: { userId, version } }) => {
    const removal = { atMs: deps.now(), ifVersion: version, releases: true };
    if (!(await deps.identity.members.remove(tenant, userId, removal))) {
      throw new GatewayError('not_found');
    }
    await endAccess(deps, tenant, userId);
  },
};
