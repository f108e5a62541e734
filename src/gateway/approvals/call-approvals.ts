import { canonicalDefinition } from '../../catalog/pins/canonical-definition.ts';
import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { ReadRule } from '../../policy/guardrails/guard-rule.ts';
import type { GuardRules } from '../../policy/guardrails/guard-rules.ts';
import { approvalBinding } from './approval-binding.ts';
import { stateOf, type ApprovalDesk } from './approval-desk.ts';
import { approvalQuestion } from './approval-question.ts';
import { approvalRuleFor, definitionOf } from './approval-rule-for.ts';
import type { Approval } from './store.ts';

/** A call that somebody acts out for a user, such as a chat's run. */
export interface ActedCall {
  readonly principal: Principal;
  readonly live: ServiceRuntime;
  /** The tool on its service. */
  readonly tool: string;
  readonly arguments: JsonObject;
}

/** What an administrator's rules say of a tool. */
export type RuledApproval =
  /** Nothing: whoever acts decides by itself whether to ask. */
  | 'open'
  /** Nobody needs to be asked, whatever the tool does. */
  | 'exempt'
  /** Somebody must be: the user, or approvers alone. The spine holds the call back until then. */
  | 'user'
  | 'approvers';

/** An approval as the one who waits for it sees it. */
export interface AskedApproval {
  readonly id: string;
  /** What is asked, for people. */
  readonly message: string;
}

/** Where the approval of a call stands; `other` when it is not this call's. */
export type ApprovalStand = 'waiting' | 'approved' | 'denied' | 'used' | 'other';

/** Asks for approvals of calls before they enter the spine, with a rule or without. */
export interface CallApprovals {
  ruled(call: ActedCall): RuledApproval;
  /** Throws GatewayError: too much waits, or the arguments are too large to be shown. */
  request(call: ActedCall): Promise<AskedApproval>;
  /** The user's own word; it counts for nothing where approvers alone decide. */
  answer(call: ActedCall, id: string, isApproved: boolean): Promise<void>;
  stand(call: ActedCall, id: string): Promise<ApprovalStand>;
  /**
   * Takes the approval, at most once, for this call as it is now. Where a rule asks, the spine does
   * that itself when the call reaches it.
   */
  use(call: ActedCall, id: string, workId: string): Promise<boolean>;
}

/** What they are made from. */
export interface CallApprovalsContext {
  readonly rules: Pick<GuardRules, 'of'>;
  readonly desk: ApprovalDesk;
}

/** Stands in where no rule is: the user is asked, in the chat or in the inbox. */
const ownRule: ReadRule<'approval'> = {
  id: 'chat',
  name: 'chat',
  rule: { ask: 'caller', selfApproval: true },
  sealedSecret: null,
  concerns: () => true,
};

/** Makes them over the desk that rules use too. */
export function createCallApprovals({ rules, desk }: CallApprovalsContext): CallApprovals {
  const ruleFor = ({ principal, live, tool }: ActedCall): ReadRule<'approval'> | undefined =>
    approvalRuleFor(rules.of(principal.tenant).approvals, live, tool);
  const own = async (call: ActedCall, id: string): Promise<Approval | undefined> => {
    const found = await desk.get(call.principal.tenant, id);
    return found?.binding === bindingOf(call) ? found : undefined;
  };
  return {
    ruled: (call) => {
      const ask = ruleFor(call);
      if (ask === undefined) return 'open';
      if (ask.rule.ask === 'nobody') return 'exempt';
      return ask.rule.ask === 'approvers' ? 'approvers' : 'user';
    },
    request: async (call) => {
      const { principal, live, tool } = call;
      const { id: serviceId, slug: serviceSlug } = live.service;
      const rule = ruleFor(call) ?? ownRule;
      const binding = bindingOf(call);
      const place = { serviceId, serviceSlug, tool, arguments: call.arguments };
      const { id } = await desk.request({ principal, binding, rule, ...place });
      const { params } = approvalQuestion({ id, ...place });
      return { id, message: (params as { readonly message: string }).message };
    },
    answer: async (call, id, isApproved) => {
      if (ruleFor(call)?.rule.ask === 'approvers') return;
      if ((await own(call, id)) === undefined) return;
      await desk.answer(call.principal.tenant, id, isApproved);
    },
    stand: async (call, id) => {
      const found = await own(call, id);
      return found === undefined ? 'other' : stateOf(found, desk.now());
    },
    use: async (call, id, workId) => {
      const found = await own(call, id);
      return found !== undefined && (await desk.use(found, workId));
    },
  };
}

function bindingOf({ principal, live, tool, arguments: given }: ActedCall): string {
  const definition = definitionOf(live, tool);
  const definitionHash =
    definition === undefined ? '' : (canonicalDefinition(definition)?.hash ?? '');
  const serviceId = live.service.id;
  return approvalBinding({ owner: principal, serviceId, tool, definitionHash, arguments: given });
}
