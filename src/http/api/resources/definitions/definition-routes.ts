import { z } from '@hono/zod-openapi';
import type {
  DefinitionDifference,
  DefinitionReview,
  ReviewedPin,
} from '../../../../catalog/pins/definition-review.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';

/** What the routes of definitions need. */
export interface DefinitionRouteDeps {
  readonly definitions: Pick<DefinitionReview, 'list' | 'decide'>;
}

const params = z.strictObject({
  service: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .describe('The id or the slug of a service.'),
});

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const differencesSchema = z
  .array(z.strictObject({ member: z.string(), before: z.unknown(), after: z.unknown() }))
  .nullable();

const pinSchema = z
  .strictObject({
    tool: z.string(),
    hash: hash.nullable().describe('Of the trusted definition; null: none was trusted yet.'),
    pinnedAtMs: z.int().nullable(),
    pinnedBy: z.string().nullable().describe('Who approved it; null: it was trusted as it came.'),
    lastDifferences: differencesSchema.describe('What the trusted one changed; null: unknown.'),
    pending: z
      .strictObject({
        hash,
        state: z.enum(['waiting', 'rejected']),
        sinceMs: z.int(),
        rejectedBy: z.string().nullable(),
        differences: differencesSchema.describe('From the trusted definition; null: unknown.'),
      })
      .nullable()
      .describe('A definition that is not trusted; its tool is withheld while it is the current.'),
  })
  .openapi('DefinitionPin');

const pinsSchema = z
  .strictObject({
    policy: z.enum(['announce', 'quarantine', 'quarantine-writes']),
    definitions: z.array(pinSchema),
  })
  .openapi('DefinitionPins');

const bodySchema = z
  .strictObject({
    tool: z.string().min(1).max(1024).describe('The name of the tool on its service.'),
    hash: hash.describe('Of the pending definition that was looked at.'),
  })
  .openapi('DefinitionDecision');

const tag = 'Services';

/** Seeing what the tools of a service became, and approving or rejecting it. */
export function definitionRoutes(deps: DefinitionRouteDeps): ApiRoute[] {
  return [listRoute(deps), decideRoute(deps, 'approve'), decideRoute(deps, 'reject')];
}

const listRoute = ({ definitions }: DefinitionRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/services/{service}/definitions'],
    operationIds: ['listDefinitions'],
    tag,
    summary: 'See the pinned definitions of a service',
    description: 'Which definition of each tool is trusted, and which wait for a review.',
    permission: 'definitions.review',
    params,
    answers: { 200: { description: 'The definitions.', schema: pinsSchema } },
    handle: async ({ principal, params }) => {
      const { policy, pins } = await definitions.list(principal, params.service);
      return respondJson(200, { policy, definitions: pins.map(pinJson) });
    },
  });

function decideRoute(
  { definitions }: DefinitionRouteDeps,
  verdict: 'approve' | 'reject',
): ApiRoute {
  return defineRoute({
    method: 'post',
    paths: [`/api/v1/services/{service}/definitions/${verdict}`],
    operationIds: [`${verdict}Definition`],
    tag,
    summary: verdict === 'approve' ? 'Approve a changed definition' : 'Reject a changed definition',
    permission: 'definitions.review',
    params,
    body: { schema: bodySchema, example: { tool: 'search', hash: '0'.repeat(64) } },
    answers: { 200: { description: 'The pin as it is then.', schema: pinSchema } },
    errors: ['conflict'],
    handle: async ({ principal, params, body }) => {
      const pin = await definitions.decide(principal, params.service, { ...body, verdict });
      return respondJson(200, pinJson(pin));
    },
  });
}

function pinJson({ pin, pendingDifferences, lastDifferences }: ReviewedPin) {
  const { tool, hash, pinnedAtMs, pinnedBy, pending } = pin;
  return {
    tool,
    hash,
    pinnedAtMs,
    pinnedBy,
    lastDifferences: differencesJson(lastDifferences),
    pending:
      pending === null
        ? null
        : {
            hash: pending.hash,
            state: pending.state,
            sinceMs: pending.sinceMs,
            rejectedBy: pending.by,
            differences: differencesJson(pendingDifferences),
          },
  };
}

const differencesJson = (differences: readonly DefinitionDifference[] | null) =>
  differences?.map(({ member, before, after }) => ({ member, before, after })) ?? null;
