import type { Member } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { Principal } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { checkRoles } from '../../grants/check-grant.ts';
import { endAccess } from '../../grants/end-access.ts';
import { scimError } from './scim-protocol.ts';
import { personChange, type WantedUser } from './scim-user.ts';

/**
 * Makes a user what it is to be; who is deactivated loses at once what it has open. Throws
 * `forbidden` for who has roles of its own that the caller lacks, unless it is deactivated only.
 */
export async function changeUser(
  deps: ApiDeps,
  principal: Principal,
  before: Member,
  wanted: WantedUser,
): Promise<Member> {
  const { identity } = deps;
  const { tenant, userId, status: was, roles, version, externalId } = before.membership;
  const status = wanted.isActive ? 'active' : 'deactivated';
  const person = personChange(before.account, wanted);
  const isRestored = status === 'active' && was !== 'active';
  if (person !== undefined) await checkIsOurs(deps, before);
  // Whoever sets an email address can have a new password sent to it.
  if (person !== undefined || isRestored) await checkRoles(identity, principal, roles);
  if (person !== undefined || status !== was || wanted.externalId !== externalId) {
    const update = { status, externalId: wanted.externalId, ifVersion: version } as const;
    const changed = await identity.members.update(tenant, userId, update, person);
    if (changed === undefined) throw new GatewayError('not_found');
  }
  // Again for who was deactivated before: the first time may have failed half-way.
  if (status === 'deactivated') await endAccess(deps, tenant, userId);
  const after = await identity.members.get(tenant, userId);
  if (after === undefined) throw new GatewayError('not_found');
  return after;
}

/** A person who is in other tenants too is not one tenant's to rename. */
async function checkIsOurs({ identity }: ApiDeps, { account }: Member): Promise<void> {
  if ((await identity.accounts.memberships(account.id)).length <= 1) return;
  const text = 'This person is in another tenant too: its names and email are its own to change.';
  throw scimError('mutability', text);
}
