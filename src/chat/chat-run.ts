import type { CallerTerms } from './caller-terms.ts';
import type { HashedFile } from './conversations/artifact-store.ts';
import type { ModelCost } from './models/model-book.ts';
import type { TenantId } from '../kernel/principal.ts';
import type { StoredMessage, Conversation } from './conversations/conversation.ts';
import type {
  CallState,
  RunAnswer,
  RunEvent,
  RunLimits,
  RunWait,
  StopReason,
} from './loop/agent-engine.ts';

/** Where a run stands: somebody works on it, it waits for a person, or it is over. */
export type RunStatus = 'running' | 'waiting' | 'finished';

/** A run as it is kept. */
export interface ChatRun {
  readonly id: string;
  readonly tenant: TenantId;
  readonly conversationId: string;
  readonly status: RunStatus;
  readonly stopReason: StopReason | null;
  /** True when its user wants it to end. */
  readonly isStopAsked: boolean;
  /** What it was asked by, for the next one who works on it. */
  readonly grantId: string;
  readonly credentialId: string;
  /** The model that was asked for; null for the tenant's default. */
  readonly model: string | null;
  readonly limits: RunLimits;
  /** The last message of its branch. */
  readonly headId: string;
  /** How long it was worked on, milliseconds. */
  readonly workedMs: number;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
  /** What it brought besides its message; null where that was all. */
  readonly caller: CallerTerms | null;
}

/** Proof of who works on a run: the number grows with everyone who takes it. */
export interface RunFence {
  readonly runId: string;
  readonly number: number;
}

/** A run, and where it belongs. */
export interface RunPlace {
  readonly runId: string;
  readonly conversationId: string;
}

/** A run that somebody has just taken. */
export interface TakenRun {
  readonly run: ChatRun;
  readonly conversation: Conversation;
  readonly fence: RunFence;
  /** The number of the last event that is kept. */
  readonly lastSeq: number;
}

/** A user's message, and the run that answers it. */
export interface RunStart {
  /** The conversation that it begins; absent when it goes on with one. */
  readonly begins?: Conversation;
  readonly conversationId: string;
  readonly ownerId: string;
  /** Its `parentId` counts when `isAtHead` is false; otherwise it follows the head. */
  readonly message: StoredMessage;
  readonly isAtHead: boolean;
  readonly files: readonly HashedFile[];
  readonly run: ChatRun;
  readonly holder: string;
  readonly lifeMs: number;
}

/** Why a run did not start. */
export type StartRefusal =
  | { readonly refused: 'no_conversation' | 'no_parent' }
  | { readonly refused: 'open_run'; readonly runId: string }
  | { readonly refused: 'conversations' | 'messages' | 'user_runs' | 'tenant_runs' | 'artifacts' };

/** How a run comes to rest. */
export type RunRestWrite =
  | { readonly status: 'finished'; readonly reason: StopReason }
  | { readonly status: 'waiting'; readonly waits: readonly RunWait[] };

/** What a step or a call costs, by its id: what is written again takes the place of what was. */
export interface SpentWrite extends ModelCost {
  readonly id: string;
}

/** What a run writes at once: all of it or nothing. */
export interface RunWrite {
  readonly message?: StoredMessage;
  readonly call?: { readonly callId: string; readonly state: CallState };
  readonly events?: readonly { readonly seq: number; readonly event: RunEvent }[];
  readonly spent?: SpentWrite;
  readonly rest?: RunRestWrite;
  readonly workedMs: number;
  readonly atMs: number;
}

/** A wait with what was said to it. */
export interface AnsweredWait {
  readonly wait: RunWait;
  readonly answer: RunAnswer | null;
}

/** A tool that a conversation's user allowed for good, as it was defined then. */
export interface AllowedTool {
  readonly tool: string;
  readonly digest: string;
}

/** What a person says to a run that waits. */
export interface AnswerWrite {
  readonly runId: string;
  readonly answers: readonly RunAnswer[];
  readonly allowed: readonly AllowedTool[];
  readonly atMs: number;
}

/** What became of answers. */
export type AnswerOutcome =
  /** The run does not wait (any more). */
  | 'not_waiting'
  /** One of them answers nothing that this run asked, or something that was answered. */
  | 'unknown'
  | 'partly'
  | 'complete';

/** One event by its number. */
export interface NumberedEvent {
  readonly seq: number;
  readonly event: RunEvent;
}
