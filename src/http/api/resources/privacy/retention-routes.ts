import { z } from '@hono/zod-openapi';
import type { Retention } from '../../../../audit/store.ts';
import { limits } from '../../../../kernel/limits.ts';
import type { ApiDeps } from '../../framework/api-deps.ts';
import { type ApiRoute, defineRoute, present } from '../../framework/define-route.ts';
import { entityTag } from '../../framework/entity-tag.ts';
import { respondJson } from '../../framework/respond.ts';

const days = z.int().min(1).max(limits.retentionDaysMax).nullable();
const usageDays = days.describe('Usage records; null keeps them for ever. Totals stay.');
const chatDays = days.describe('Conversations since they last changed; null keeps them.');
const auditDays = days.describe('Audit events; null keeps them for ever. At least `usageDays`.');

const retentionSchema = z
  .strictObject({
    usageDays,
    auditDays,
    chatDays,
    version: z.int().describe('0 until anything was set.'),
  })
  .openapi('Retention');

const changeSchema = z
  .strictObject({
    usageDays: usageDays.optional(),
    auditDays: auditDays.optional(),
    chatDays: chatDays.optional(),
  })
  .openapi('RetentionChange');

const path = '/api/v1/privacy/retention';
const tag = 'Privacy';
const one = { description: 'How long the tenant keeps what.', schema: retentionSchema };

/** How long the tenant keeps what. */
export function retentionRoutes({ retention }: ApiDeps): ApiRoute[] {
  return [
    defineRoute({
      method: 'get',
      paths: [path],
      operationIds: ['getRetention'],
      tag,
      summary: 'Show how long records, audit events and conversations are kept',
      permission: 'privacy.manage',
      answers: { 200: one },
      versioned: true,
      handle: async ({ principal }) => shown(await retention.settings(principal.tenant)),
    }),
    defineRoute({
      method: 'patch',
      paths: [path],
      operationIds: ['changeRetention'],
      tag,
      summary: 'Change how long records, audit events and conversations are kept',
      description: 'What is older is deleted within an hour, and cannot be brought back.',
      permission: 'privacy.manage',
      body: { schema: changeSchema, example: { usageDays: 90, auditDays: 400 } },
      answers: { 200: one },
      errors: ['conflict', 'invalid_configuration'],
      versioned: true,
      handle: async ({ principal, body, ifVersion }) =>
        shown(await retention.change(principal.tenant, present(body), ifVersion)),
    }),
  ];
}

function shown(settings: Retention): Response {
  return respondJson(200, settings, settings.version === 0 ? {} : entityTag(settings));
}
