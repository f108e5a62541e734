import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { StartRefusal } from '../chat-run.ts';

/** What a caller is told whose message starts no run. */
export function startRefused(refusal: StartRefusal): GatewayError {
  switch (refusal.refused) {
    case 'no_conversation':
      return new GatewayError('not_found', 'You have no conversation of this session_id.');
    case 'no_parent':
      return new GatewayError('invalid_params', 'parent_id: is no message of this conversation');
    case 'open_run': {
      const text =
        `Run ${refusal.runId} of this conversation is not over: wait for it, answer it, ` +
        `or stop it with POST /chat/runs/${refusal.runId}/stop.`;
      return new GatewayError('run_open', text, { data: { runId: refusal.runId } });
    }
    case 'conversations': {
      const text = `You have ${limits.chatConversationsPerUserMax} conversations; delete some.`;
      return new GatewayError('conflict', text);
    }
    case 'messages': {
      const max = limits.chatMessagesPerConversationMax;
      const text = `The conversation has ${max} messages; begin another.`;
      return new GatewayError('conflict', text);
    }
    case 'artifacts': {
      const text = 'The files of conversations take all the room a tenant has; delete some.';
      return new GatewayError('conflict', text);
    }
    case 'user_runs': {
      const text = `${limits.chatRunsPerUserMax} of your runs work; wait for one or stop one.`;
      return new GatewayError('too_many', text);
    }
    default:
      return new GatewayError('too_many', 'Too many runs work at once; try again later.');
  }
}
