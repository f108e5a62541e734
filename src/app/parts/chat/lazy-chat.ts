import type { AgentBook } from '../../../chat/agents/agent-book.ts';
import type { EvaluationDesk } from '../../../chat/evaluation/evaluation-desk.ts';
import type { TrainingDesk } from '../../../chat/training/training-desk.ts';
import type { ChatDesk } from '../../../chat/desk/chat-desk.ts';
import { tenantId } from '../../../kernel/principal.ts';
import type { BuiltChat, ChatBase } from './build-chat.ts';
import type { ChatParts, ChatPartsBase } from './chat-parts.ts';

/** The chat, which is not there before somebody wants it. */
export interface LazyChat extends AsyncDisposable {
  /** Loads it when it is not loaded yet. */
  load(): Promise<ChatDesk>;
  /** The same of the agents. */
  agents(): Promise<AgentBook>;
  /** The same of what agents are tried with. */
  evaluations(): Promise<EvaluationDesk>;
  /** The same of consent, feedback and examples. */
  training(): Promise<TrainingDesk>;
  /** Goes on with runs that nobody works on; loads nothing when there are none. */
  adopt(signal: AbortSignal): Promise<void>;
}

/** Makes it: the chat is loaded with the first message, or the first run that was left behind. */
export function lazyChat(
  base: ChatBase & ChatPartsBase,
  openParts: (() => Promise<ChatParts>) | undefined,
): LazyChat {
  const { storage, bus, nodeId, log } = base;
  let loading: Promise<BuiltChat> | undefined;
  const load = (): Promise<BuiltChat> => {
    loading ??= (async () => {
      const open = async (): Promise<ChatParts> =>
        await (openParts?.() ?? (await import('./chat-parts.ts')).openChatParts(base));
      const [{ buildChat }, parts] = await Promise.all([import('./build-chat.ts'), open()]);
      return buildChat(base, parts);
    })();
    return loading;
  };
  const decided = async (tenant: string, id: string): Promise<void> => {
    const there = tenantId(tenant);
    if ((await storage.chats.runs.waitingFor(there, id)) === undefined) return;
    const approval = await storage.approvals.get(there, id);
    if (approval === undefined || approval.state === 'waiting') return;
    const { desk } = await load();
    await desk.decided(there, id, approval.state !== 'denied');
  };
  const undo = [
    bus.on('grant.revoked', ({ tenant, grantId }) => {
      void loading?.then(({ keeper }) => keeper.revoked(tenant, grantId)).catch(() => {});
    }),
    bus.on('chat.stopped', ({ tenant, runId }) => {
      void loading?.then(({ keeper }) => keeper.lookForStop(tenant, runId)).catch(() => {});
    }),
    bus.on('approval.decided', ({ tenant, approvalId }) => {
      decided(tenant, approvalId).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ tenant, approvalId, reason }, 'a chat run was not told of a decision');
      });
    }),
  ];
  return {
    load: async () => (await load()).desk,
    agents: async () => (await load()).agents,
    evaluations: async () => (await load()).evaluations,
    training: async () => (await load()).training,
    adopt: async (signal) => {
      if (loading === undefined && (await storage.chats.runs.orphans(nodeId, 1)).length === 0) {
        return;
      }
      await (await load()).keeper.adopt(signal);
    },
    [Symbol.asyncDispose]: async () => {
      for (const off of undo) off();
      const built = await loading?.catch(() => undefined);
      // The runs of an evaluation end with the others, and it with them.
      const ended = built?.evaluations[Symbol.asyncDispose]();
      await built?.keeper[Symbol.asyncDispose]();
      await ended;
    },
  };
}
