import { z } from '@hono/zod-openapi';
import { limits } from '../../../../kernel/limits.ts';

/** A login name or e-mail address, as somebody types it. */
export const loginField = z
  .string()
  .min(1)
  .max(limits.signInNameLengthMax)
  .describe('Login name or e-mail address.');

/** A password that is only compared. */
export const passwordField = z.string().min(1).max(limits.passwordBytesMax);

/** A password that is to be set; its rules are checked with the account at hand. */
export const newPasswordField = passwordField.describe(
  `At least ${limits.passwordCharactersMin} characters, at most ${limits.passwordBytesMax} bytes.`,
);

/** The secret of a link. */
export const linkTokenField = z.string().min(1).max(100).describe('The secret part of the link.');

/** A tenant by id or name. */
export const tenantField = z.string().min(1).max(limits.titleLengthMax);

/** What may stand besides login and password. */
export const secondProofFields = {
  totp: z
    .string()
    .max(16)
    .describe('The six digits of the authenticator app, when the second factor is on.')
    .optional(),
  recoveryCode: z.string().max(64).describe('One of the recovery codes, instead.').optional(),
};

/** Who one is, and where one may act. */
export const meFields = {
  userId: z.string(),
  login: z.string(),
  name: z.string(),
  tenantId: z.string().describe('The tenant in use.'),
  tenants: z.array(z.strictObject({ id: z.string(), name: z.string() })),
};
