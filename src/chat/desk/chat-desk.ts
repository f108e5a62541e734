import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import { limits } from '../../kernel/limits.ts';
import type { NewArtifact } from '../conversations/artifact-store.ts';
import { hashFile } from '../conversations/check-file.ts';
import type { Conversation, StoredMessage } from '../conversations/conversation.ts';
import type { ConversationDesk } from './conversation-desk.ts';
import { titleOf } from '../conversations/title-of.ts';
import type { RunAnswer, RunLimits } from '../loop/agent-engine.ts';
import type { ChatStore } from '../store.ts';
import type { ChatRun, NumberedEvent } from '../chat-run.ts';
import { followRun } from '../runs/follow-run.ts';
import type { RunKeeper } from '../runs/run-keeper.ts';
import { summarizeRun, type RunSummary } from '../runs/run-summary.ts';

/** What a person says, and how it is to be answered. */
export interface Said {
  readonly text: string;
  readonly files: readonly NewArtifact[];
  /** The conversation that it goes on with; undefined for a new one. */
  readonly conversationId: string | undefined;
  /** The message that it follows; null for none, undefined for the last one. */
  readonly parentId: string | null | undefined;
  readonly model: string | undefined;
  readonly limits: Partial<RunLimits>;
}

/** What the desk needs. */
export interface ChatDeskOptions {
  readonly store: ChatStore;
  readonly keeper: RunKeeper;
  readonly conversations: ConversationDesk;
  digestOf(principal: Principal, tool: string): string | undefined;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
}

/**
 * Chats as their users see them. What is another user's does not exist: `not_found`.
 */
export interface ChatDesk {
  /** Keeps the message and starts its run, which goes on whether anybody reads it or not. */
  say(principal: Principal, said: Said): Promise<ChatRun>;
  /** Events behind a number until the run comes to rest; see `followRun`. */
  follow(
    principal: Principal,
    runId: string,
    after: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<NumberedEvent>>;
  summary(principal: Principal, runId: string): Promise<RunSummary>;
  /** Resolves when the run has come to rest, or the signal says so. */
  settled(principal: Principal, runId: string, signal: AbortSignal): Promise<void>;
  stop(principal: Principal, runId: string): Promise<void>;
  /** Goes on when everything that the run waits for is answered; whether it does. */
  answer(principal: Principal, runId: string, answers: readonly RunAnswer[]): Promise<boolean>;
  /** Somebody decided on an approval elsewhere: a run may wait for it. */
  decided(tenant: TenantId, approvalId: string, isApproved: boolean): Promise<void>;
  readonly conversations: ConversationDesk;
}

/** Makes the desk. */
export function createChatDesk(options: ChatDeskOptions): ChatDesk {
  const { store, keeper, conversations } = options;
  const own = async (principal: Principal, runId: string): Promise<ChatRun> => {
    const run = await store.runs.get(principal.tenant, runId);
    if (run === undefined) throw new GatewayError('not_found');
    await conversations.own(principal, run.conversationId);
    return run;
  };
  const follow = (tenant: TenantId, runId: string, after: number, signal: AbortSignal) =>
    followRun(
      { store, live: (id) => keeper.live(id) },
      { tenant, runId, after, signal: AbortSignal.any([signal, keeper.closing]) },
    );
  return {
    conversations,
    say: (principal, said) => say(options, principal, said),
    follow: async (principal, runId, after, signal) => {
      const { tenant } = await own(principal, runId);
      return follow(tenant, runId, after, signal);
    },
    summary: async (principal, runId) => summarize(store, await own(principal, runId)),
    settled: async (principal, runId, signal) => {
      const { tenant } = await own(principal, runId);
      const events = follow(tenant, runId, Number.MAX_SAFE_INTEGER, signal);
      while ((await events.next()).done !== true);
    },
    stop: async (principal, runId) => {
      await own(principal, runId);
      await keeper.stop(principal.tenant, runId, principal);
    },
    answer: async (principal, runId, answers) => {
      const { tenant } = await own(principal, runId);
      const allowed = await allowedBy(options, principal, runId, answers);
      const write = { runId, answers, allowed, atMs: options.now() };
      const outcome = await store.runs.answer(tenant, write);
      if (outcome === 'not_waiting') {
        throw new GatewayError('conflict', 'This run waits for no answer (any more).');
      }
      if (outcome === 'unknown') {
        const text = 'answers: one of them answers nothing that this run waits for';
        throw new GatewayError('invalid_params', text);
      }
      if (outcome === 'complete') await keeper.resume(tenant, runId, principal);
      return outcome === 'complete';
    },
    decided: async (tenant, id, isApproved) => {
      const run = await store.runs.waitingFor(tenant, id);
      if (run === undefined) return;
      const answers = [{ id, kind: 'approval', isApproved }] as const;
      const write = { runId: run.id, answers, allowed: [], atMs: options.now() };
      const outcome = await store.runs.answer(tenant, write);
      if (outcome === 'complete') await keeper.resume(tenant, run.id);
    },
  };
}

async function say(
  { keeper, ids, now }: ChatDeskOptions,
  principal: Principal,
  said: Said,
): Promise<ChatRun> {
  const { tenant, subject, grantId, credentialId } = principal;
  const atMs = now();
  const runId = ids.next('chr');
  const conversationId = said.conversationId ?? ids.next('cnv');
  const files = said.files.map((file) => hashFile(ids.next('art'), file));
  const begins: Conversation = {
    id: conversationId,
    tenant,
    owner: subject,
    title: titleOf(said.text),
    agent: null,
    headId: null,
    sharedHeadId: null,
    createdAtMs: atMs,
    changedAtMs: atMs,
    version: 1,
  };
  const message: StoredMessage = {
    id: ids.next('msg'),
    conversationId,
    parentId: said.parentId ?? null,
    role: 'user',
    parts: [
      ...(said.text === '' ? [] : [{ type: 'text', text: said.text } as const]),
      ...files.map(({ id: artifactId, mediaType, name }) => ({
        type: 'file' as const,
        mediaType,
        artifactId,
        ...(name !== null && { name }),
      })),
    ],
    runId,
    createdAtMs: atMs,
  };
  const run: ChatRun = {
    id: runId,
    tenant,
    conversationId,
    status: 'running',
    stopReason: null,
    isStopAsked: false,
    grantId,
    credentialId,
    model: said.model ?? null,
    limits: { ...usualLimits, ...said.limits },
    headId: message.id,
    workedMs: 0,
    createdAtMs: atMs,
    endedAtMs: null,
  };
  const live = await keeper.begin(principal, {
    ...(said.conversationId === undefined && { begins }),
    conversationId,
    ownerId: subject.id,
    message,
    isAtHead: said.parentId === undefined,
    files,
    run,
  });
  return live.run;
}

const usualLimits: RunLimits = {
  stepsMax: limits.chatSteps,
  totalMs: limits.chatRunMs,
  parallelCallsMax: limits.chatParallelCalls,
};

async function summarize(store: ChatStore, run: ChatRun): Promise<RunSummary> {
  const { tenant, id, conversationId, headId } = run;
  const messages = await store.conversations.branch(tenant, conversationId, headId);
  const events: NumberedEvent[] = [];
  for (let after = 0; ;) {
    const page = await store.runs.events(tenant, id, after, limits.chatEventPageRows);
    events.push(...page);
    after = page.at(-1)?.seq ?? after;
    if (page.length < limits.chatEventPageRows) break;
  }
  const waits = await store.runs.waits(tenant, id);
  const open = waits.filter(({ answer }) => answer === null).map(({ wait }) => wait);
  return summarizeRun(run, messages, events, open);
}

/** The tools that these answers allow for good, as they are defined now. */
async function allowedBy(
  { store, digestOf }: ChatDeskOptions,
  principal: Principal,
  runId: string,
  answers: readonly RunAnswer[],
) {
  const always = answers.filter(
    (one) => one.kind === 'approval' && one.isApproved && one.always === true,
  );
  if (always.length === 0) return [];
  const waits = await store.runs.waits(principal.tenant, runId);
  return always.flatMap(({ id }) => {
    const tool = waits.find(({ wait }) => wait.id === id)?.wait.tool;
    const digest = tool === undefined ? undefined : digestOf(principal, tool);
    return tool === undefined || digest === undefined ? [] : [{ tool, digest }];
  });
}
