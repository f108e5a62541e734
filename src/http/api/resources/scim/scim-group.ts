import { z } from '@hono/zod-openapi';
import type { Group } from '../../../../identity/store.ts';
import type { JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import { pathId, shownName } from '../../grants/identity-fields.ts';
import { namesOf, type PatchShape } from './patch-path.ts';
import { readResource, scimText } from './scim-body.ts';
import type { FilterAttributes } from './scim-filter.ts';
import { urns } from './scim-protocol.ts';

/** The attributes of a group. */
export const groupShape: PatchShape = {
  schema: urns.group,
  attributes: namesOf('id', 'externalId', 'displayName', 'members'),
  subAttributes: namesOf('value', 'display', 'type', '$ref'),
  multiValued: new Set(['members']),
  complex: new Set(),
  unkept: new Set(['schemas', 'meta']),
};

const groupSchema = z.strictObject({
  id: z.string().optional(),
  externalId: scimText,
  displayName: shownName,
  members: z
    .array(
      z.strictObject({
        value: pathId,
        display: scimText,
        type: z.literal('User').nullish(),
        $ref: z.string().max(limits.scimFilterCharactersMax).nullish(),
      }),
    )
    .max(limits.usersPerGroupMax)
    .nullish(),
});

/** What a group is to be. */
export interface WantedGroup {
  readonly externalId: string | null;
  readonly name: string;
  /** Each once. */
  readonly userIds: readonly string[];
}

/** Reads a group. Throws `invalid_params`. */
export function readGroup(given: JsonObject): WantedGroup {
  const { externalId, displayName, members } = readResource(given, groupShape, groupSchema);
  const userIds = [...new Set((members ?? []).map(({ value }) => value))];
  return { externalId: externalId || null, name: displayName, userIds };
}

/** A group as a PATCH finds it; `names` are those of the users that SCIM keeps in it. */
export function patchableGroup(group: Group, names: ReadonlyMap<string, string>): JsonObject {
  const { id, externalId, name } = group;
  return {
    id,
    ...(externalId === null ? {} : { externalId }),
    displayName: name,
    members: [...names].map(([value, display]) => ({ value, display, type: 'User' })),
  };
}

/** A group as SCIM shows it; `base` is the URL above `/Groups`. */
export function groupResource(
  group: Group,
  names: ReadonlyMap<string, string>,
  base: string,
): JsonObject {
  return {
    schemas: [urns.group],
    ...patchableGroup(group, names),
    meta: {
      resourceType: 'Group',
      created: new Date(group.createdAtMs).toISOString(),
      location: `${base}/Groups/${group.id}`,
      version: `"${group.version}"`,
    },
  };
}

/** What groups are filtered by. */
export const groupFilters: FilterAttributes<Group> = new Map([
  ['id', { read: ({ id }) => id, isExact: true }],
  ['displayname', { read: ({ name }) => name }],
  ['externalid', { read: ({ externalId }) => externalId, isExact: true }],
]);
