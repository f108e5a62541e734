import type { Json, JsonObject } from '../../kernel/json.ts';
import type { Principal } from '../../kernel/principal.ts';
import type {
  ChatMessage,
  MessagePart,
  StepUsage,
  ToolResultPart,
} from '../conversations/message.ts';
import type { CallerTerms } from '../caller-terms.ts';
import type { ModelCost, OpenModel } from '../models/model-book.ts';

/** What a limit of cost is about: one run, or all runs of a conversation. */
export type CostScope = 'run' | 'conversation';

/** What may be spent: models, and what plans say of calls in the same currency. */
export interface CostLimit {
  readonly scope: CostScope;
  readonly max: ModelCost;
}

/** What was spent, or is set aside, in a currency. */
export interface SpentSum extends ModelCost {
  /** True for the run that asks, false for the others of its conversation. */
  readonly isOfRun: boolean;
}

/** How far a run may go. */
export interface RunLimits {
  /** Steps of a model. */
  readonly stepsMax: number;
  /** Of work; waiting for a person does not count. */
  readonly totalMs: number;
  readonly parallelCallsMax: number;
  /** Undefined: no limit of its own; wallets and budgets hold all the same. */
  readonly costMax?: ModelCost;
  /** The same for its conversation, with all that was spent there before. */
  readonly conversationCostMax?: ModelCost;
}

/** Why a run is over. */
export type StopReason =
  | 'done'
  | 'steps'
  | 'time'
  | 'cost'
  /** The same call with the same arguments, again and again. */
  | 'loop_detected'
  | 'stopped'
  /** The provider cut its answer: too long, or refused. */
  | 'length'
  | 'refused'
  | 'failed';

/** What a reader of a run sees, in order; all of it can be read again later by number. */
export type RunEvent =
  | { readonly type: 'run_started'; readonly runId: string; readonly model: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** Text and reasoning since the last step are void: the model is asked again. */
  | { readonly type: 'reset' }
  | {
      readonly type: 'tool_call';
      readonly callId: string;
      readonly mark: string;
      readonly service: string | null;
      readonly tool: string;
      readonly arguments: Json;
    }
  | { readonly type: 'tool_progress'; readonly callId: string; readonly progress: JsonObject }
  | { readonly type: 'tool_result'; readonly result: ToolResultPart; readonly cost: Json }
  | { readonly type: 'waiting'; readonly waits: readonly RunWait[] }
  | { readonly type: 'resumed' }
  | {
      readonly type: 'step';
      readonly step: number;
      readonly model: string;
      readonly usage: StepUsage;
      /** Null when the model is unpriced. Nano-units as a decimal text. */
      readonly cost: { readonly nano: string; readonly currency: string } | null;
      /** An attempt that failed in the middle of its answer, which is paid for all the same. */
      readonly isVoid?: true;
    }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'error'; readonly code: string; readonly message: string }
  | { readonly type: 'finished'; readonly reason: StopReason };

/** What a run waits for a person to say. */
export interface RunWait {
  readonly callId: string;
  readonly tool: string;
  /**
   * `approval`: may it be called? `question`: the service asks (elicitation/create). `caller`: it
   * is a tool of the caller, which has to bring the result.
   */
  readonly kind: 'approval' | 'question' | 'caller';
  /** The approval's id; `callId.key` with the key of the service's question; or the call's id. */
  readonly id: string;
  readonly message: string;
  /**
   * Where a person has to go to answer (URL mode); the answer then says `accept`, `decline` or
   * `cancel` and has no content.
   */
  readonly url?: string;
  /** JSON Schema of the answer to a question. */
  readonly schema?: JsonObject;
}

/** Where a call stands; every change is durable before anything follows from it. */
export type CallState =
  | {
      readonly state: 'waiting';
      readonly waits: readonly RunWait[];
      /** What the service wants back with the answers. */
      readonly requestState?: string;
      /** Answers that no person gives (`sampling/createMessage`, `roots/list`), by key. */
      readonly inputs?: JsonObject;
    }
  /** It may have reached its service from here on: found so after a crash, it is `interrupted`. */
  | { readonly state: 'running' }
  | { readonly state: 'ended'; readonly result: ToolResultPart };

/** A person's word on something that a run waited for. */
export type RunAnswer =
  | {
      readonly id: string;
      readonly kind: 'approval';
      readonly isApproved: boolean;
      readonly always?: boolean;
    }
  /** `response` is an ElicitResult: `action` and, when accepted, `content`. */
  | { readonly id: string; readonly kind: 'question'; readonly response: JsonObject }
  /** What came of a call that the caller made itself. */
  | { readonly id: string; readonly kind: 'caller'; readonly output: string };

/**
 * What a run writes down, in its own order; a promise resolves when it is durable. One that rejects
 * ends `proceed` there and then: the run is somebody else's, or nobody can keep it.
 */
export interface RunJournal {
  /** From the first message to the last of this run's branch, as stored. */
  history(): Promise<readonly ChatMessage[]>;
  /** The calls of the last assistant message that have no result message yet, by call id. */
  openCalls(): Promise<ReadonlyMap<string, CallState | undefined>>;
  append(
    role: ChatMessage['role'],
    parts: readonly MessagePart[],
    of?: AssistantFacts,
  ): Promise<ChatMessage>;
  /** With what the call cost, where that is known. */
  noteCall(callId: string, state: CallState, cost?: ModelCost): Promise<void>;
  /** What the runs of the conversation have spent and set aside. */
  spent(): Promise<readonly SpentSum[]>;
  /** Sets aside what a step may cost; the id by which it is settled. */
  holdCost(most: ModelCost): Promise<string>;
  settleCost(id: string, cost: ModelCost): Promise<void>;
  /** Answers given since the run waited. */
  answers(): Promise<readonly RunAnswer[]>;
  /** Tools that this conversation's user allowed once and for all. */
  alwaysAllowed(): Promise<ReadonlySet<string>>;
  /** Readers see it now; it is durable soon, and at the latest with the next promise above. */
  emit(event: RunEvent): void;
}

/** What an assistant message carries besides its parts. */
export interface AssistantFacts {
  readonly model: string;
  readonly usage: StepUsage;
  readonly cost: ModelCost | undefined;
}

/** How a model is asked; what is absent is the provider's own way. */
export interface Sampling {
  readonly temperature?: number;
  readonly outputTokensMax?: number;
}

/** One run: from a user's message, or from where it stopped, to its end or a wait. */
export interface Run {
  readonly id: string;
  readonly conversationId: string;
  /** With `actor: { kind: 'chat', id }`. */
  readonly principal: Principal;
  /** The one to ask, and those to fall back to. */
  readonly models: readonly OpenModel[];
  /** Instructions, variables filled in. */
  readonly system: string;
  /** Public names of tools that are always shown. */
  readonly pinned?: readonly string[];
  readonly sampling?: Sampling;
  readonly limits: RunLimits;
  /** What its caller brought besides the message. */
  readonly caller?: CallerTerms;
  readonly journal: RunJournal;
  readonly signal: AbortSignal;
}

/** How a run came to rest. */
export type RunRest =
  | { readonly state: 'finished'; readonly reason: StopReason }
  | { readonly state: 'waiting'; readonly waits: readonly RunWait[] };

/** The agent loop: reason, act, observe, until done. */
export interface AgentEngine {
  /**
   * Goes on with a run wherever its journal says it stands: a new one, one whose questions were
   * answered, or one that another process left in the middle. Never rejects: what fails is a
   * `failed` run with an `error` event.
   */
  proceed(run: Run): Promise<RunRest>;
}
