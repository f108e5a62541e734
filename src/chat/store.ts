import type { Fence } from '../kernel/fence.ts';
import type { TenantId } from '../kernel/principal.ts';
import type {
  Artifact,
  ArtifactFacts,
  ArtifactPlace,
  HashedFile,
} from './conversations/artifact-store.ts';
import type {
  Conversation,
  ConversationQuery,
  StoredMessage,
  WholeConversation,
} from './conversations/conversation.ts';
import type { CallState, SpentSum } from './loop/agent-engine.ts';
import type {
  AllowedTool,
  AnsweredWait,
  AnswerOutcome,
  AnswerWrite,
  ChatRun,
  NumberedEvent,
  RunFence,
  RunPlace,
  RunStart,
  RunWrite,
  StartRefusal,
  TakenRun,
} from './chat-run.ts';

export type {
  Artifact,
  ArtifactFacts,
  ArtifactPlace,
  HashedFile,
} from './conversations/artifact-store.ts';
export type {
  Conversation,
  ConversationQuery,
  StoredMessage,
  WholeConversation,
} from './conversations/conversation.ts';
export type { ChatMessage, MessagePart, StepUsage } from './conversations/message.ts';
export type {
  CallState,
  RunAnswer,
  RunEvent,
  RunLimits,
  RunWait,
  SpentSum,
  StopReason,
} from './loop/agent-engine.ts';
export type * from './chat-run.ts';
export type * from './caller-terms.ts';

/** What was said, by whom. Every method sees the rows of its tenant alone. */
export interface ConversationStore {
  get(tenant: TenantId, id: string): Promise<Conversation | undefined>;
  list(tenant: TenantId, query: ConversationQuery): Promise<readonly Conversation[]>;
  /** What it is then; undefined for none. Rejects with `conflict` for another version. */
  rename(
    tenant: TenantId,
    id: string,
    title: string,
    ifVersion: number | undefined,
  ): Promise<Conversation | undefined>;
  /** With null the link is gone. False for no such conversation. */
  share(
    tenant: TenantId,
    id: string,
    link: { readonly hash: string; readonly headId: string } | null,
  ): Promise<boolean>;
  /** The conversation of a link. */
  shared(tenant: TenantId, hash: string): Promise<Conversation | undefined>;
  /** With everything in it; false for none. */
  remove(tenant: TenantId, id: string): Promise<boolean>;
  /** Rejects with `conflict` when the owner has as many as it may. */
  insertWhole(tenant: TenantId, whole: WholeConversation): Promise<void>;
  /** From the first message to this one; empty when the conversation has no such message. */
  branch(
    tenant: TenantId,
    conversationId: string,
    headId: string,
  ): Promise<readonly StoredMessage[]>;
  /** All messages of the tree, the oldest first. */
  messages(tenant: TenantId, conversationId: string): Promise<readonly StoredMessage[]>;
  /** Deletes a page of those that changed last before a moment; true when there may be more. */
  deleteOlder(tenant: TenantId, beforeMs: number, fence: Fence): Promise<boolean>;
}

/** Runs, their calls, what they wait for, and what readers see of them. */
export interface RunStore {
  /** Writes message, run and lease together, or says why not. */
  start(tenant: TenantId, start: RunStart): Promise<TakenRun | StartRefusal>;
  get(tenant: TenantId, id: string): Promise<ChatRun | undefined>;
  /** Those of a conversation, the newest first. */
  ofConversation(
    tenant: TenantId,
    conversationId: string,
    rowsMax: number,
  ): Promise<readonly ChatRun[]>;
  /**
   * Takes a run that nobody holds: one that runs and whose lease is over or this holder's own from
   * an earlier life, or one that waits. Undefined when there is nothing to take.
   */
  take(tenant: TenantId, id: string, holder: string, lifeMs: number): Promise<TakenRun | undefined>;
  /**
   * Writes what the holder of a run brings; whether its user wants it to stop. Rejects with
   * `conflict` when the run is another's now, or over.
   */
  write(tenant: TenantId, fence: RunFence, write: RunWrite): Promise<{ isStopAsked: boolean }>;
  /** Holds on for so long, 0 to let go; undefined when the run is another's now, or over. */
  renew(
    tenant: TenantId,
    fence: RunFence,
    lifeMs: number,
  ): Promise<{ readonly isStopAsked: boolean } | undefined>;
  /** Notes that its user wants a run to end; false when it is over. */
  askStop(tenant: TenantId, id: string): Promise<boolean>;
  /** Keeps answers: all of them, or none. */
  answer(tenant: TenantId, write: AnswerWrite): Promise<AnswerOutcome>;
  waits(tenant: TenantId, runId: string): Promise<readonly AnsweredWait[]>;
  /** The run that waits for this, unanswered. */
  waitingFor(tenant: TenantId, waitId: string): Promise<ChatRun | undefined>;
  calls(tenant: TenantId, runId: string): Promise<ReadonlyMap<string, CallState>>;
  /** What the runs of a run's conversation have spent and set aside. */
  spent(tenant: TenantId, place: RunPlace): Promise<readonly SpentSum[]>;
  allowed(tenant: TenantId, conversationId: string): Promise<readonly AllowedTool[]>;
  /** Those behind a number, in order. */
  events(
    tenant: TenantId,
    runId: string,
    after: number,
    rowsMax: number,
  ): Promise<readonly NumberedEvent[]>;
  /** Runs of all tenants that nobody works on, and that this holder had in an earlier life. */
  orphans(
    holder: string,
    rowsMax: number,
  ): Promise<readonly { readonly tenant: TenantId; readonly id: string }[]>;
}

/** Files of conversations. */
export interface ArtifactRows {
  /** Rejects with `conflict` when the tenant keeps as many bytes as it may. */
  insert(place: ArtifactPlace, file: HashedFile, createdAtMs: number): Promise<void>;
  get(tenant: TenantId, id: string): Promise<Artifact | undefined>;
  list(tenant: TenantId, conversationId: string): Promise<readonly ArtifactFacts[]>;
}

/** Everything that is kept of chats. */
export interface ChatStore {
  readonly conversations: ConversationStore;
  readonly runs: RunStore;
  readonly artifacts: ArtifactRows;
}
