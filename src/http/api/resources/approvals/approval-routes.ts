import { z } from '@hono/zod-openapi';
import type { ApprovalDesk, ShownApproval } from '../../../../gateway/approvals/approval-desk.ts';
import { defineRoute, type ApiRoute } from '../../framework/define-route.ts';
import { respondJson } from '../../framework/respond.ts';

/** What the routes of approvals need. */
export interface ApprovalRouteDeps {
  readonly approvals: Pick<ApprovalDesk, 'list' | 'show' | 'decide'>;
}

const states = ['waiting', 'approved', 'denied', 'used'] as const;
const params = z.strictObject({ approval: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) });

const approvalSchema = z
  .strictObject({
    id: z.string(),
    state: z.enum(states).describe('`denied` too when nobody decided in time.'),
    ruleId: z.string(),
    serviceId: z.string(),
    service: z.string().describe('The slug.'),
    tool: z.string().describe('The name on its service.'),
    arguments: z.unknown().describe('What the tool would be called with.'),
    askedBy: z.strictObject({
      subjectId: z.string(),
      grantId: z.string(),
      actor: z.string().nullable(),
    }),
    selfApproval: z.boolean(),
    createdAtMs: z.int(),
    expiresAtMs: z.int(),
    decidedAtMs: z.int().nullable(),
    decidedBy: z.string().nullable().describe('`caller`: who called answered a question.'),
    reason: z.string().nullable(),
    workId: z.string().nullable().describe('The call that used it, as its usage record names it.'),
  })
  .openapi('Approval');

const listSchema = z.strictObject({ approvals: z.array(approvalSchema) }).openapi('Approvals');

const bodySchema = z
  .strictObject({ reason: z.string().min(1).max(500).optional() })
  .openapi('ApprovalDecision');

const tag = 'Approvals';

/** The inbox of calls that wait for somebody, and deciding on them. */
export function approvalRoutes(deps: ApprovalRouteDeps): ApiRoute[] {
  return [listRoute(deps), getRoute(deps), decideRoute(deps, true), decideRoute(deps, false)];
}

const listRoute = ({ approvals }: ApprovalRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/approvals'],
    operationIds: ['listApprovals'],
    tag,
    summary: 'List the calls that wait for an approval, or waited',
    permission: 'approvals.decide',
    query: z.strictObject({ state: z.enum(states).describe('Only those.').optional() }),
    answers: { 200: { description: 'The newest first.', schema: listSchema } },
    handle: async ({ principal, query }) => {
      const found = await approvals.list(principal.tenant, query.state);
      return respondJson(200, { approvals: found.map(approvalJson) });
    },
  });

const getRoute = ({ approvals }: ApprovalRouteDeps): ApiRoute =>
  defineRoute({
    method: 'get',
    paths: ['/api/v1/approvals/{approval}'],
    operationIds: ['getApproval'],
    tag,
    summary: 'See one approval',
    permission: 'approvals.decide',
    params,
    answers: { 200: { description: 'The approval.', schema: approvalSchema } },
    handle: async ({ principal, params: { approval } }) =>
      respondJson(200, approvalJson(await approvals.show(principal.tenant, approval))),
  });

function decideRoute({ approvals }: ApprovalRouteDeps, isApproved: boolean): ApiRoute {
  const verb = isApproved ? 'approve' : 'deny';
  return defineRoute({
    method: 'post',
    paths: [`/api/v1/approvals/{approval}/${verb}`],
    operationIds: [`${verb}Call`],
    tag,
    summary: isApproved ? 'Approve a call' : 'Deny a call',
    description: isApproved
      ? 'It can then be made once, with these arguments. Nobody approves their own calls, unless ' +
        'the rule lets them.'
      : 'Whoever makes it again until it expires is refused.',
    permission: 'approvals.decide',
    params,
    body: { schema: bodySchema, example: {} },
    answers: { 200: { description: 'The approval as it is then.', schema: approvalSchema } },
    errors: ['conflict', 'forbidden'],
    handle: async ({ principal, params: { approval }, body: { reason = null } }) =>
      respondJson(
        200,
        approvalJson(await approvals.decide(principal, approval, isApproved, reason)),
      ),
  });
}

function approvalJson({ approval, state, arguments: given }: ShownApproval) {
  const { id, ruleId, serviceId, serviceSlug, tool, subjectId, grantId, actor } = approval;
  const { selfApproval, createdAtMs, expiresAtMs, decidedAtMs, decidedBy, reason } = approval;
  return {
    id,
    state,
    ruleId,
    serviceId,
    service: serviceSlug,
    tool,
    arguments: given,
    askedBy: { subjectId, grantId, actor },
    selfApproval,
    createdAtMs,
    expiresAtMs,
    decidedAtMs,
    decidedBy,
    reason,
    workId: approval.workId,
  };
}
