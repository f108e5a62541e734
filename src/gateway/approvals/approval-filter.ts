import { createHash } from 'node:crypto';
import { canonicalDefinition } from '../../catalog/pins/canonical-definition.ts';
import { cancelError } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { stringMember, withoutMembers, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { McpOutcome } from '../../mcp/message.ts';
import type { ReadRule } from '../../policy/guardrails/guard-rule.ts';
import type { GuardRules } from '../../policy/guardrails/guard-rules.ts';
import { canBeAsked } from '../check-input.ts';
import type { Permitted, UpstreamTarget } from '../exchange.ts';
import { withParams, type Filter, type Forward } from '../filter.ts';
import { invalidState, type RequestStates } from '../request-state.ts';
import { approvalBinding } from './approval-binding.ts';
import { approvalRuleFor, definitionOf } from './approval-rule-for.ts';
import { stateOf, type ApprovalDesk } from './approval-desk.ts';
import { answeredApproval, APPROVAL_INPUT, approvalQuestion } from './approval-question.ts';
import type { Approval } from './store.ts';

/** What approvals are held to. */
export interface ApprovalFilterContext {
  readonly rules: Pick<GuardRules, 'of'>;
  readonly desk: ApprovalDesk;
  readonly states: RequestStates;
}

type Rule = ReadRule<'approval'>;

const DEFAULT_WAIT_MS = 20_000;
/** An answer must still get through before the exchange is cut. */
const REST_MS = 1_000;

/** Holds back the calls that somebody has to approve, until somebody has. */
export function createApprovalFilter(context: ApprovalFilterContext): Filter {
  const { rules, states } = context;
  const ruleFor = (exchange: Permitted): Rule | undefined => {
    const { approvals } = rules.of(exchange.principal.tenant);
    return approvals.length === 0 ? undefined : matchingRule(approvals, exchange);
  };
  return {
    concerns: (exchange) =>
      exchange.resumed?.kind === 'approval' || ruleFor(exchange) !== undefined,
    needsWhole: () => false,
    filter: (exchange, next) => {
      const { target } = exchange;
      if (target.kind !== 'upstream') return next(exchange);
      const rule = ruleFor(exchange);
      // The rule that asked is gone: nobody has to approve any more.
      if (rule === undefined) return next(withoutAnswer(exchange, target));
      return hold({ exchange, target, rule, states, desk: context.desk }, next);
    },
  };
}

function matchingRule(approvals: readonly Rule[], exchange: Permitted): Rule | undefined {
  const { request, target } = exchange;
  if (request.method !== 'tools/call' || target.kind !== 'upstream') return undefined;
  const rule = approvalRuleFor(approvals, target.live, target.name);
  return rule?.rule.ask === 'nobody' ? undefined : rule;
}

interface Held {
  readonly exchange: Permitted;
  readonly target: UpstreamTarget;
  readonly rule: Rule;
  readonly states: RequestStates;
  readonly desk: ApprovalDesk;
}

async function hold(held: Held, next: Forward): Promise<McpOutcome> {
  const { exchange, target, rule, desk } = held;
  const { principal, resumed } = exchange;
  const { tenant } = principal;
  if (resumed !== undefined && resumed.kind !== 'approval') {
    // The first round was approved, or there would be no state of it; it may go on once.
    if (await desk.noteRound(tenant, stateHash(target))) return next(exchange);
    throw invalidState();
  }
  const definition = definitionOf(target.live, target.name);
  const call = target.params['arguments'] ?? {};
  const binding = approvalBinding({
    owner: principal,
    serviceId: target.live.service.id,
    tool: target.name ?? '',
    definitionHash: definition === undefined ? '' : (canonicalDefinition(definition)?.hash ?? ''),
    arguments: call,
  });
  let approval: Approval | undefined;
  if (resumed === undefined) {
    const { id: serviceId, slug: serviceSlug } = target.live.service;
    const tool = target.name ?? '';
    const asked = { principal, binding, rule, serviceId, serviceSlug, tool, arguments: call };
    approval = await desk.request(asked);
  } else {
    approval = await desk.get(tenant, resumed.value ?? '');
    // What was approved is not what would be called now: the definition is another, for example.
    if (approval === undefined || approval.binding !== binding) throw invalidState();
    approval = await withAnswer(held, approval);
  }
  return await settle(held, approval, next);
}

/** An answer counts only from who may be asked; the inbox may have been faster. */
async function withAnswer({ target, rule, desk }: Held, approval: Approval): Promise<Approval> {
  const answer = answeredApproval(target.params['inputResponses']);
  if (answer === undefined || rule.rule.ask === 'approvers') return approval;
  const { tenant, id } = approval;
  return (await desk.answer(tenant, id, answer)) ?? (await desk.get(tenant, id)) ?? approval;
}

async function settle(held: Held, approval: Approval, next: Forward): Promise<McpOutcome> {
  const { exchange, target, rule, desk } = held;
  if (stateOf(approval, desk.now()) === 'waiting') {
    const question = questionFor(held, approval);
    if (question !== undefined) return question;
  }
  const decided =
    rule.rule.ask === 'caller'
      ? approval
      : await desk.wait(approval, waitMs(held), exchange.io.cancellation);
  const { reason } = exchange.io.cancellation;
  if (reason !== undefined) throw cancelError(reason);
  const data = { approvalId: decided.id, expiresAtMs: decided.expiresAtMs };
  switch (stateOf(decided, desk.now())) {
    case 'approved':
      if (await desk.use(decided, exchange.workId)) return next(withoutAnswer(exchange, target));
      throw denied(
        `The approval ${decided.id} was used already; repeat the call without it.`,
        data,
      );
    case 'used':
      throw denied(
        `The approval ${decided.id} was used already; repeat the call without it.`,
        data,
      );
    case 'denied':
      throw denied(`The call was not approved (${decided.id}).`, data);
    case 'waiting':
      break;
  }
  const who =
    rule.rule.ask === 'caller'
      ? 'of its user, whom this client cannot ask (elicitation is needed)'
      : 'of somebody else';
  const text = `The call needs the approval ${decided.id} ${who}; repeat the very same call later.`;
  throw new GatewayError('approval_required', text, { data });
}

function waitMs({ exchange, rule, desk }: Held): number {
  const leftMs = exchange.io.deadlineMs - desk.now() - REST_MS;
  const wishedMs = Math.min(rule.rule.waitMs ?? DEFAULT_WAIT_MS, limits.approvalWaitMsMax);
  return Math.max(0, Math.min(wishedMs, leftMs));
}

/** The question to the caller's user, where the rule lets it be asked and the client can. */
function questionFor(
  { exchange, target, rule, states }: Held,
  approval: Approval,
): McpOutcome | undefined {
  if (rule.rule.ask === 'approvers') return undefined;
  const { principal, request, workId } = exchange;
  const question = approvalQuestion({ ...approval, arguments: target.params['arguments'] ?? {} });
  if (!canBeAsked(question, request.client.capabilities)) return undefined;
  const serviceId = target.live.service.id;
  const state = { workId, serviceId, kind: 'approval', value: approval.id } as const;
  const params = target.routed ?? target.params;
  return {
    resultType: 'input_required',
    inputRequests: { [APPROVAL_INPUT]: question },
    requestState: states.wrap(state, { owner: principal, method: request.method, params }),
  };
}

/** The service was asked nothing yet: it gets the call as it was made. */
function withoutAnswer(exchange: Permitted, target: UpstreamTarget): Permitted {
  if (exchange.resumed === undefined) return exchange;
  const params = withoutMembers(target.params, ['inputResponses', 'requestState']);
  return { ...withParams(exchange, params), resumed: undefined };
}

function stateHash({ params, routed }: UpstreamTarget): string {
  const state = stringMember(routed ?? params, 'requestState') ?? '';
  return createHash('sha256').update(state).digest('base64url');
}

function denied(text: string, data: JsonObject): GatewayError {
  return new GatewayError('approval_denied', text, { data });
}
