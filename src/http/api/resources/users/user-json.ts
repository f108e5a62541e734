import { z } from '@hono/zod-openapi';
import type { Member } from '../../../../identity/store.ts';
import {
  activeStatus,
  emailAddress,
  loginName,
  pathId,
  roleNames,
  shownName,
} from '../../grants/identity-fields.ts';

/** A user of the tenant. */
export const userSchema = z
  .strictObject({
    id: z.string(),
    login: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    roles: z.array(z.string()).describe('Its own; its groups may give it more.'),
    status: activeStatus.describe('Whether it may act in this tenant.'),
    accountStatus: activeStatus.describe('Whether it may act at all.'),
    source: z.enum(['local', 'sso', 'scim']).describe('Who keeps the membership.'),
    createdAtMs: z.int(),
    version: z.int(),
  })
  .openapi('User');
/** Users of the tenant. */
export const usersSchema = z.strictObject({ users: z.array(userSchema) }).openapi('Users');

/** A user who is new, or who is known in another tenant already. */
export const userRequestSchema = z
  .strictObject({
    userId: pathId.describe('Somebody known in another tenant; else a login.').optional(),
    login: loginName.describe('How a new user logs in.').optional(),
    name: shownName.describe('Its login when absent.').optional(),
    email: emailAddress.optional(),
    roles: roleNames,
  })
  .openapi('UserRequest');

/** What is changed of a user. */
export const userChangeSchema = z
  .strictObject({ roles: roleNames.optional(), status: activeStatus.optional() })
  .openapi('UserChange');

/** The user of a path. */
export const userParams = z.strictObject({ user: pathId });

/** A user as the API shows it. */
export function userJson({ account, membership }: Member): z.output<typeof userSchema> {
  const { id, login, name, email } = account;
  const { roles, status, source, createdAtMs, version } = membership;
  const accountStatus = account.status;
  const kept = { status, accountStatus, source, createdAtMs, version };
  return { id, login, name, email, roles: [...roles], ...kept };
}
