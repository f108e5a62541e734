import { z } from '@hono/zod-openapi';
import type { Group } from '../../../../identity/store.ts';
import { pathId, roleNames, shownName } from '../../grants/identity-fields.ts';

const fields = {
  id: z.string(),
  name: z.string(),
  roles: z.array(z.string()),
  externalId: z.string().nullable(),
  source: z.enum(['local', 'sso', 'scim']).describe('Who keeps it.'),
  createdAtMs: z.int(),
  version: z.int(),
};

/** A group. */
export const groupSchema = z.strictObject(fields).openapi('Group');
/** A group with the users in it. */
export const groupWithMembersSchema = z
  .strictObject({ ...fields, userIds: z.array(z.string()) })
  .openapi('GroupWithMembers');
/** Groups. */
export const groupsSchema = z.strictObject({ groups: z.array(groupSchema) }).openapi('Groups');
/** What a group is made of. */
export const groupRequestSchema = z
  .strictObject({ name: shownName, roles: roleNames.default([]) })
  .openapi('GroupRequest');
/** What is changed of a group. */
export const groupChangeSchema = z
  .strictObject({ name: shownName.optional(), roles: roleNames.optional() })
  .openapi('GroupChange');
/** Who is put into a group. */
export const groupMemberSchema = z.strictObject({ userId: pathId }).openapi('GroupMember');

/** A group as the API shows it. */
export function groupJson({ tenant: _tenant, ...group }: Group): z.output<typeof groupSchema> {
  return { ...group, roles: [...group.roles] };
}
