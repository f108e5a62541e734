import { GatewayError } from '../../kernel/errors.ts';
import type { IdSource } from '../../kernel/ids.ts';
import type { Principal, TenantId } from '../../kernel/principal.ts';
import { limits } from '../../kernel/limits.ts';
import type { AgentBook } from '../agents/agent-book.ts';
import type { ConversationDesk } from './conversation-desk.ts';
import { say, type Said } from './say.ts';
import type { RunAnswer } from '../loop/agent-engine.ts';
import type { ChatStore } from '../store.ts';
import type { ChatRun, NumberedEvent } from '../chat-run.ts';
import { followRun } from '../runs/follow-run.ts';
import { canReadmit, type RunKeeper } from '../runs/run-keeper.ts';
import { summarizeRun, type RunSummary } from '../runs/run-summary.ts';

export type { Said, SaidAgent } from './say.ts';

/** What the desk needs. */
export interface ChatDeskOptions {
  readonly store: ChatStore;
  readonly keeper: RunKeeper;
  readonly agents: Pick<AgentBook, 'choose' | 'isOf' | 'settingsOf'>;
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
  /** What came of it, of what follows an event's number alone where one is given. */
  summary(principal: Principal, runId: string, after?: number): Promise<RunSummary>;
  /** All events that there are so far. */
  events(principal: Principal, runId: string): Promise<readonly NumberedEvent[]>;
  /** The caller's own run that waits for this; undefined for none. */
  awaiting(principal: Principal, waitId: string): Promise<ChatRun | undefined>;
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
    summary: async (principal, runId, after = 0) =>
      summarize(store, await own(principal, runId), after),
    events: async (principal, runId) => eventsOf(store, await own(principal, runId), 0),
    awaiting: async (principal, waitId) => {
      const run = await store.runs.waitingFor(principal.tenant, waitId);
      if (run === undefined) return undefined;
      const isTheirs = await conversations.isOwn(principal, run.conversationId);
      return isTheirs ? run : undefined;
    },
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
      // Nobody but its user can go on with such a run: it waits for the answer in the chat, which
      // finds what was decided here.
      if (run === undefined || !canReadmit(run.grantId)) return;
      const answers = [{ id, kind: 'approval', isApproved }] as const;
      const write = { runId: run.id, answers, allowed: [], atMs: options.now() };
      const outcome = await store.runs.answer(tenant, write);
      if (outcome === 'complete') await keeper.resume(tenant, run.id);
    },
  };
}

async function summarize(store: ChatStore, run: ChatRun, from: number): Promise<RunSummary> {
  const { tenant, id, conversationId, headId } = run;
  const messages = await store.conversations.branch(tenant, conversationId, headId);
  const events = await eventsOf(store, run, from);
  const waits = await store.runs.waits(tenant, id);
  const open = waits.filter(({ answer }) => answer === null).map(({ wait }) => wait);
  return summarizeRun(run, messages, events, open);
}

async function eventsOf(
  { runs }: ChatStore,
  { tenant, id }: ChatRun,
  from: number,
): Promise<readonly NumberedEvent[]> {
  const events: NumberedEvent[] = [];
  for (let after = from; ;) {
    const page = await runs.events(tenant, id, after, limits.chatEventPageRows);
    events.push(...page);
    after = page.at(-1)?.seq ?? after;
    if (page.length < limits.chatEventPageRows) return events;
  }
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
