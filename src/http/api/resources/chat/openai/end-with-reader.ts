import type { ChatRun } from '../../../../../chat/chat-run.ts';
import type { ChatDesk } from '../../../../../chat/desk/chat-desk.ts';
import type { Principal } from '../../../../../kernel/principal.ts';

/**
 * Ends a run whose reader has left: its model and its tools are told at once. What cannot be told
 * ends by the run's own limits.
 */
export function endWithReader(desk: ChatDesk, principal: Principal, run: ChatRun): void {
  const end = async (): Promise<void> => {
    await desk.stop(principal, run.id);
    if (run.caller?.isThrowaway === true) {
      await desk.conversations.remove(principal, run.conversationId);
    }
  };
  end().catch(() => {});
}
