import type { Group } from '../../../../identity/store.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { changeGroup, checkUsers, knownGroup, usersIn } from './change-group.ts';
import { compileFilter, parseFilter } from './scim-filter.ts';
import {
  groupFilters,
  groupResource,
  groupShape,
  patchableGroup,
  readGroup,
} from './scim-group.ts';
import type { ScimKind } from './scim-kind.ts';
import { urns } from './scim-protocol.ts';

const NOBODY: ReadonlyMap<string, string> = new Map();

/** The groups that an identity provider keeps. Their roles are given elsewhere. */
export const scimGroups: ScimKind<Group> = {
  names: { path: 'Groups', one: 'Group', word: 'group' },
  texts: {
    creation: 'It has no roles until an administrator gives it some.',
    change: { summary: 'Change a group that SCIM keeps, or who is in it' },
    removal: {
      summary: 'Remove a group that SCIM keeps',
      answer: 'Removed; its users are there still.',
    },
    example: { schemas: [urns.group], displayName: 'Support' },
    operation: { op: 'replace', path: 'displayName', value: 'Help desk' },
  },
  shape: groupShape,
  idOf: ({ id }) => id,
  versionOf: (group) => group,
  find: async ({ identity }, tenant, filter) => {
    const test =
      filter === undefined ? () => true : compileFilter(parseFilter(filter), groupFilters);
    const all = await identity.groups.list(tenant);
    return all.filter((group) => group.source === 'scim' && test(group));
  },
  known: knownGroup,
  show: async (deps, tenant, base, isWanted) => {
    const namesOf = isWanted('members') ? await usersIn(deps, tenant) : async () => NOBODY;
    return async (group) => groupResource(group, await namesOf(group.id), base);
  },
  create: async (deps, tenant, given) => {
    const { name, externalId, userIds } = readGroup(given);
    await checkUsers(deps, tenant, userIds);
    const made = { source: 'scim', roles: [], createdAtMs: deps.now(), version: 1 } as const;
    const group: Group = { ...made, tenant, id: deps.ids.next('grp'), name, externalId };
    await deps.identity.groups.insert(tenant, group, userIds);
    return group;
  },
  replace: (deps, _principal, before, given) => changeGroup(deps, before, readGroup(given)),
  patch: async (deps, _principal, before, apply) => {
    const names = await (await usersIn(deps, before.tenant))(before.id);
    return await changeGroup(deps, before, readGroup(apply(patchableGroup(before, names))));
  },
  remove: async ({ identity }, tenant, { id, version }) => {
    if (!(await identity.groups.delete(tenant, id, version))) throw new GatewayError('not_found');
  },
};
