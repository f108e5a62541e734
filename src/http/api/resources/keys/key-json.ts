import { z } from '@hono/zod-openapi';
import type { ApiKey } from '../../../../identity/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import { permissionNames } from '../../../../kernel/permissions.ts';
import { accessRule } from '../../framework/access-rule.ts';

const whenOrNull = z.int().nullable();

const scope = z.enum(permissionNames);

const keyFields = {
  id: z.string(),
  name: z.string(),
  env: z.string().describe('What it is for, as its text says: live, test.'),
  prefix: z.string().describe('The first characters, to recognise the key by.'),
  userId: z.string().nullable().describe('Whose it is; null for a key of a service account.'),
  serviceAccountId: z.string().nullable().describe('Whose it is; null for a key of a user.'),
  createdAtMs: z.int(),
  expiresAtMs: whenOrNull,
  lastUsedAtMs: whenOrNull.describe('When it was last used, to the minute.'),
  scopes: z.array(scope).nullable().describe('What it carries; null for all its holder may do.'),
  access: z
    .array(z.array(accessRule))
    .describe('What it reaches: of every list one rule must allow; without lists, everything.'),
  revokedAtMs: whenOrNull,
};

const shownOnce = z.string().describe('The key itself, shown this once.');

/** A key without its text. */
export const keySchema = z.strictObject(keyFields).openapi('ApiKey');
/** Keys without their texts. */
export const keysSchema = z.strictObject({ keys: z.array(keySchema) }).openapi('ApiKeys');
/** A key with its text. */
export const newKeySchema = z
  .strictObject({ ...keyFields, apiKey: shownOnce })
  .openapi('NewApiKey');
/** A key with its new text. */
export const rotatedKeySchema = z
  .strictObject({
    ...keyFields,
    apiKey: shownOnce,
    previousEndsAtMs: z.int().describe('When the text that the key had before ends.'),
  })
  .openapi('RotatedApiKey');

const id = z.string().min(1).max(64);

/** What a new key is asked for with. */
export const keyRequestSchema = z
  .strictObject({
    name: z.string().min(1).max(limits.titleLengthMax).describe('What the key is for.'),
    userId: id
      .describe('Whose key it is; oneself when absent. Others only with keys.manage.')
      .optional(),
    serviceAccountId: id.describe('The service account whose key it is.').optional(),
    expiresAtMs: z.int().positive().describe('When it ends, epoch milliseconds.').optional(),
    scopes: z
      .array(scope)
      .min(1)
      .describe('The only permissions it carries; those of the key that asks when absent.')
      .optional(),
    access: accessRule
      .describe(
        'What it reaches, in patterns with * for any run of characters; a rule that lists tools, ' +
          'prompts or resources allows nothing of the kinds that it does not list.',
      )
      .optional(),
  })
  .openapi('ApiKeyRequest');

/** How a key is rotated. */
export const rotationSchema = z
  .strictObject({
    graceMs: z
      .int()
      .min(0)
      .max(limits.keyGraceMsMax)
      .describe('How long the text that it has now stays good; a day when absent.')
      .optional(),
  })
  .openapi('ApiKeyRotation');

/** The key of a path. */
export const keyParams = z.strictObject({ key: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

/** A key as the API shows it. */
export function keyJson({ tenant: _tenant, subject, ...key }: ApiKey): z.output<typeof keySchema> {
  const isUsers = subject.kind === 'user';
  return {
    ...key,
    userId: isUsers ? subject.id : null,
    serviceAccountId: isUsers ? null : subject.id,
    scopes: key.scopes === null ? null : [...key.scopes],
    access: key.access.map((layer) =>
      layer.map((rule) => ({ ...rule }) as z.output<typeof accessRule>),
    ),
  };
}
