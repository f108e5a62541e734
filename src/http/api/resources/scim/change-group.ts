import type { Group } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { TenantId } from '../../../../kernel/principal.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import type { WantedGroup } from './scim-group.ts';
import { scimError } from './scim-protocol.ts';

/** A group that SCIM keeps in the tenant; any other is not there. */
export async function knownGroup(
  { identity }: Pick<ApiDeps, 'identity'>,
  tenant: TenantId,
  id: string,
): Promise<Group> {
  const group = await identity.groups.get(tenant, id);
  if (group?.source !== 'scim') throw new GatewayError('not_found');
  return group;
}

/** Finds the users that SCIM keeps in a group, with their names; others are not there for it. */
export async function usersIn(
  { identity }: Pick<ApiDeps, 'identity'>,
  tenant: TenantId,
): Promise<(groupId: string) => Promise<ReadonlyMap<string, string>>> {
  const names = await userNames({ identity }, tenant);
  return async (groupId) => {
    const userIds = await identity.groups.members(tenant, groupId);
    return new Map(
      userIds.flatMap((id) => {
        const name = names.get(id);
        return name === undefined ? [] : [[id, name] as const];
      }),
    );
  };
}

/** Throws `invalidValue` when somebody is no user that SCIM keeps in the tenant. */
export async function checkUsers(
  deps: Pick<ApiDeps, 'identity'>,
  tenant: TenantId,
  userIds: readonly string[],
): Promise<void> {
  if (userIds.length === 0) return;
  const names = await userNames(deps, tenant);
  if (userIds.every((id) => names.has(id))) return;
  throw scimError('invalidValue', 'members names somebody who is no user that SCIM keeps here.');
}

/** Makes a group what it is to be, all or nothing; users that SCIM does not keep stay in it. */
export async function changeGroup(
  deps: Pick<ApiDeps, 'identity'>,
  group: Group,
  { name, externalId, userIds }: WantedGroup,
): Promise<Group> {
  const { tenant, id, version } = group;
  const before = await (await usersIn(deps, tenant))(id);
  const wanted = new Set(userIds);
  const add = userIds.filter((one) => !before.has(one));
  const remove = [...before.keys()].filter((one) => !wanted.has(one));
  await checkUsers(deps, tenant, add);
  const isSame = name === group.name && externalId === group.externalId;
  if (isSame && add.length === 0 && remove.length === 0) return group;
  const update = { name, externalId, ifVersion: version };
  const after = await deps.identity.groups.change(tenant, id, { update, add, remove });
  if (after === undefined) throw new GatewayError('not_found');
  return after;
}

async function userNames(
  { identity }: Pick<ApiDeps, 'identity'>,
  tenant: TenantId,
): Promise<ReadonlyMap<string, string>> {
  const members = await identity.members.list(tenant);
  return new Map(
    members
      .filter(({ membership }) => membership.source === 'scim')
      .map(({ account }) => [account.id, account.name]),
  );
}
