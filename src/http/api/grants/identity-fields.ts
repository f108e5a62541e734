import { z } from '@hono/zod-openapi';
import { limits } from '../../../kernel/limits.ts';

/** The name of a role. */
export const roleName = z
  .string()
  .max(limits.roleNameLengthMax)
  .regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens');

/** The names of the roles that somebody has, each once. */
export const roleNames = z
  .array(roleName)
  .max(limits.rolesHeldMax)
  .refine((names) => new Set(names).size === names.length, { error: 'names a role twice' });

/** A name for people. */
export const shownName = z.string().trim().min(1).max(limits.titleLengthMax);

/** What a role or service account is for. */
export const description = z.string().max(limits.roleDescriptionLengthMax);

/** Whether somebody may act. */
export const activeStatus = z.enum(['active', 'deactivated']);

/** How a user logs in; letters are made small. */
export const loginName = z
  .string()
  .max(limits.loginLengthMax)
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@+-]*$/, 'must be letters, digits and . _ @ + -');

/** An email address; letters are made small. */
export const emailAddress = z.email().max(254).toLowerCase();

/** The id of something in a path. */
export const pathId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
