import { z } from '@hono/zod-openapi';
import { limits } from '../../../../kernel/limits.ts';
import { piiTypes } from '../../../../policy/guardrails/guard-rule.ts';
import type { StoredGuardRule } from '../../../../policy/guardrails/store.ts';
import { titleSchema } from '../services/registration.ts';

const patterns = z
  .array(z.string().min(1).max(limits.accessPatternLengthMax))
  .min(1)
  .max(limits.accessPatternsMax);

const scope = {
  services: patterns.describe('Slugs, `*` for any run of characters; absent: all.').optional(),
  tools: patterns.describe('`{slug}__{tool}`, likewise; absent: everything.').optional(),
};

const url = z
  .string()
  .max(8192)
  .regex(/^https?:\/\//, 'Give an http: or https: URL.')
  .refine((text) => URL.canParse(text), 'Give an http: or https: URL.');

const detector = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('secrets') }),
  z.strictObject({
    kind: z.literal('pii'),
    types: z.array(z.enum(piiTypes)).min(1).describe('All of them when absent.').optional(),
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    url,
    timeoutMs: z.int().min(100).max(limits.guardrailWebhookMsMax).optional(),
    onFailure: z
      .enum(['block', 'pass'])
      .describe('What happens to a call when it cannot be asked; `block` when absent.')
      .optional(),
  }),
]);

const guardrailRule = {
  ...scope,
  where: z.enum(['arguments', 'results']),
  detector,
  action: z.enum(['redact', 'block', 'report']).describe('What happens to what was found.'),
};

const notice = z.strictObject({ url, format: z.enum(['json', 'slack']) });

const approvalRule = {
  ...scope,
  annotations: z
    .enum(['any', 'not-read-only', 'destructive'])
    .describe('Of the tools in scope: all, those that do not only read, those that may destroy.')
    .optional(),
  ask: z
    .enum(['caller', 'approvers', 'caller-or-approvers', 'nobody'])
    .describe(
      '`caller-or-approvers` when absent: approvers where the caller cannot answer. `nobody`: ' +
        'not even the user of a chat, whose tools ask by themselves.',
    )
    .optional(),
  lifeMs: z
    .int()
    .min(1_000)
    .max(limits.approvalLifeMsMax)
    .describe('How long an approval may be waited for and used.')
    .optional(),
  waitMs: z
    .int()
    .min(0)
    .max(limits.approvalWaitMsMax)
    .describe('How long a call waits before its caller is told to repeat it.')
    .optional(),
  selfApproval: z.boolean().describe('Whether callers may approve their own calls.').optional(),
  notices: z.array(notice).max(10).describe('Who is told that a call waits.').optional(),
};

const common = {
  name: titleSchema,
  enabled: z.boolean().optional(),
  secret: z
    .string()
    .min(16)
    .max(limits.secretLengthMax)
    .describe('Signs messages (Standard Webhooks); kept sealed, never shown.')
    .optional(),
};

const shownFields = {
  id: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  hasSecret: z.boolean(),
  createdAtMs: z.int(),
  updatedAtMs: z.int(),
  version: z.int(),
};

/** A guardrail as it is made, changed and shown. */
export const guardrailSchemas = {
  request: z
    .strictObject({ ...common, rule: z.strictObject(guardrailRule) })
    .openapi('NewGuardrail'),
  change: z
    .strictObject({ ...common, rule: z.strictObject(guardrailRule) })
    .partial()
    .openapi('GuardrailChange'),
  shown: z
    .strictObject({ ...shownFields, rule: z.strictObject(guardrailRule) })
    .openapi('Guardrail'),
};

/** A rule for approvals likewise. */
export const approvalRuleSchemas = {
  request: z
    .strictObject({ ...common, rule: z.strictObject(approvalRule) })
    .openapi('NewApprovalRule'),
  change: z
    .strictObject({ ...common, rule: z.strictObject(approvalRule) })
    .partial()
    .openapi('ApprovalRuleChange'),
  shown: z
    .strictObject({ ...shownFields, rule: z.strictObject(approvalRule) })
    .openapi('ApprovalRule'),
};

/** A rule as it is shown; its secret is not. */
export function guardRuleJson(stored: StoredGuardRule) {
  const { id, name, enabled, rule, sealedSecret, createdAtMs, updatedAtMs, version } = stored;
  const hasSecret = sealedSecret !== null;
  return { id, name, enabled, hasSecret, createdAtMs, updatedAtMs, version, rule };
}
