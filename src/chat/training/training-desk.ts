import { GatewayError } from '../../kernel/errors.ts';
import { stringMember, objectMember, type Json } from '../../kernel/json.ts';
import { trainingLimits } from '../../kernel/limits/chat/training-limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { Principal, Subject, TenantId } from '../../kernel/principal.ts';
import type { TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import type { AgentBook } from '../agents/agent-book.ts';
import { renderPrompt } from '../agents/render-prompt.ts';
import type { Conversation } from '../conversations/conversation.ts';
import type { ChatStore } from '../store.ts';
import { exampleOf, type ExampleTurn } from './example.ts';
import { formatExample, type ExampleTool, type TrainingFormat } from './format-example.ts';
import type { Feedback, TrainingStore } from './store.ts';

/** What the desk needs. */
export interface TrainingDeskOptions {
  readonly store: TrainingStore;
  readonly chats: ChatStore;
  readonly agents: Pick<AgentBook, 'settingsOf'>;
  viewOf(principal: Principal): TenantSnapshot;
  /** The value with secrets and personal data replaced; rejects when it cannot be read. */
  redact(value: Json): Promise<Json>;
  readonly log: Log;
  readonly now: () => number;
}

/** Which examples are wanted. */
export interface ExampleQuery {
  readonly format: TrainingFormat;
  /** Only conversations in which an answer was called good or corrected. */
  readonly onlyRated: boolean;
  /** Only conversations with this agent, by its id. */
  readonly agentId: string | undefined;
}

/** Consent, feedback, and the examples that come of both. */
export interface TrainingDesk {
  /** When the caller consented; null for no consent. */
  consent(principal: Principal): Promise<number | null>;
  setConsent(principal: Principal, isGiven: boolean): Promise<number | null>;
  /** Rejects with `not_found` for what is no answer in this conversation of the caller. */
  say(
    principal: Principal,
    conversation: Conversation,
    said: Omit<Feedback, 'atMs'>,
  ): Promise<Feedback>;
  unsay(principal: Principal, conversation: Conversation, messageId: string): Promise<void>;
  feedback(principal: Principal, conversation: Conversation): Promise<readonly Feedback[]>;
  /** Lines of JSON, one for each conversation of somebody who consents at that moment. */
  examples(principal: Principal, query: ExampleQuery): AsyncGenerator<string>;
}

/** Makes the desk. */
export function createTrainingDesk(options: TrainingDeskOptions): TrainingDesk {
  const { store, chats, now } = options;
  return {
    consent: ({ tenant, subject }) => store.consent(tenant, subject),
    setConsent: async ({ tenant, subject }, isGiven) => {
      await store.setConsent(tenant, subject, isGiven ? now() : null);
      return store.consent(tenant, subject);
    },
    say: async ({ tenant }, { id }, said) => {
      const messages = await chats.conversations.messages(tenant, id);
      const message = messages.find((one) => one.id === said.messageId);
      if (message?.role !== 'assistant') {
        throw new GatewayError('not_found', 'There is no such answer in this conversation.');
      }
      const feedback = { ...said, atMs: now() };
      await store.putFeedback(tenant, id, feedback);
      return feedback;
    },
    unsay: async ({ tenant }, { id }, messageId) => {
      if (!(await store.removeFeedback(tenant, id, messageId))) throw new GatewayError('not_found');
    },
    feedback: ({ tenant }, { id }) => store.feedback(tenant, id),
    examples: (principal, query) => examples(options, principal, query),
  };
}

async function* examples(
  options: TrainingDeskOptions,
  principal: Principal,
  query: ExampleQuery,
): AsyncGenerator<string> {
  const { store, log } = options;
  const { tenant } = principal;
  for await (const subject of consenting(store, tenant)) {
    for await (const conversation of conversationsOf(options.chats, tenant, subject)) {
      // Whoever revokes it while an export runs is heard.
      if ((await store.consent(tenant, subject)) === null) break;
      if (query.agentId !== undefined && conversation.agent?.id !== query.agentId) continue;
      try {
        const line = await lineOf(options, principal, conversation, query);
        if (line !== undefined) yield line;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const { id: conversationId } = conversation;
        log.warn({ tenant, conversationId, reason }, 'a conversation is not among the examples');
      }
    }
  }
}

async function* consenting(store: TrainingStore, tenant: TenantId): AsyncGenerator<Subject> {
  const { trainingPageRows: rowsMax } = trainingLimits;
  for (let after = ''; ;) {
    const page = await store.consenting(tenant, after, rowsMax);
    yield* page;
    after = page.at(-1)?.id ?? after;
    if (page.length < rowsMax) return;
  }
}

async function* conversationsOf(
  { conversations }: ChatStore,
  tenant: TenantId,
  { kind, id: ownerId }: Subject,
): AsyncGenerator<Conversation> {
  const { trainingPageRows: rowsMax } = trainingLimits;
  for (let before: Conversation | undefined; ;) {
    const page = await conversations.list(tenant, { ownerId, before, rowsMax });
    yield* page.filter(({ owner }) => owner.kind === kind);
    before = page.at(-1);
    if (page.length < rowsMax) return;
  }
}

async function lineOf(
  { store, chats, agents, viewOf, redact }: TrainingDeskOptions,
  principal: Principal,
  { id, headId, agent }: Conversation,
  { format, onlyRated }: ExampleQuery,
): Promise<string | undefined> {
  const { tenant } = principal;
  if (headId === null) return undefined;
  const branch = await chats.conversations.branch(tenant, id, headId);
  const turns = exampleOf(branch, await store.feedback(tenant, id), onlyRated);
  if (turns === undefined) return undefined;
  const settings = await agents.settingsOf(tenant, agent).catch(() => undefined);
  const prompt = settings === undefined ? '' : renderPrompt(settings, agent?.values ?? {});
  const clean: ExampleTurn[] = [];
  for (const turn of turns) {
    clean.push((await redact(turn as unknown as Json)) as unknown as ExampleTurn);
  }
  return formatExample(format, {
    // A text stays one.
    system: (await redact(prompt)) as string,
    turns: clean,
    tools: toolsOf(clean, viewOf(principal)),
  });
}

/** The tools that were called, as they are defined now; what is gone is told by its name. */
function toolsOf(turns: readonly ExampleTurn[], view: TenantSnapshot): readonly ExampleTool[] {
  const called = turns.flatMap((turn) =>
    turn.role === 'assistant' ? turn.calls.map(({ tool }) => tool) : [],
  );
  return [...new Set(called)].map((name) => {
    const definition = view.tools.get(name)?.definition;
    const parameters = objectMember(definition, 'inputSchema') ?? { type: 'object' };
    return { name, description: stringMember(definition, 'description') ?? '', parameters };
  });
}
