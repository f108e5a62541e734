import type { Json, JsonObject } from '../../kernel/json.ts';

/** One part of what was said; binary content is kept apart and only named here. */
export type MessagePart =
  | TextPart
  /** What a model thought, with whatever its provider wants back in the next step. */
  | { readonly type: 'reasoning'; readonly text: string; readonly providerData?: JsonObject }
  | FilePart
  | ToolCallPart
  | ToolResultPart;

/** A text. */
export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  /** What its provider wants back with it. */
  readonly providerData?: JsonObject;
}

/** An image, a sound or a document, kept as an artifact. */
export interface FilePart {
  readonly type: 'file';
  /** IANA media type, such as `image/png`. */
  readonly mediaType: string;
  readonly artifactId: string;
  readonly name?: string;
}

/** A tool that a model wants to have called. */
export interface ToolCallPart {
  readonly type: 'tool_call';
  /** The gateway's own id of the call, unique in the run; what the provider said is not kept. */
  readonly callId: string;
  /** How answers cite it: `t3` for the third call of the conversation. */
  readonly mark: string;
  /** The tool's public name, `service__tool`; as the model wrote it where there is no such tool. */
  readonly tool: string;
  readonly arguments: Json;
  /** What its provider wants back with it, such as the signature of a thought. */
  readonly providerData?: JsonObject;
}

/** How a call of a tool ended. */
export type ToolCallEnd =
  | 'ok'
  /** The tool, its service or the gateway said no; the model is told why. */
  | 'error'
  /** A person said no. */
  | 'denied'
  /** The gateway stopped while it ran: nobody knows whether the service did it. */
  | 'interrupted';

/** What came back of a call. */
export interface ToolResultPart {
  readonly type: 'tool_result';
  readonly callId: string;
  readonly tool: string;
  readonly end: ToolCallEnd;
  /** What the model is shown of it, with files by name. */
  readonly content: readonly (TextPart | FilePart)[];
  readonly durationMs: number;
  /** The id of its usage record; null for a call that never reached the spine. */
  readonly usageId: string | null;
  /** What the call cost as far as its result says so. */
  readonly cost?: ToolCost;
  /** True of what a caller brought of a tool of its own. */
  readonly isCallers?: boolean;
}

/** What a call of a tool cost its user. */
export interface ToolCost {
  /** A decimal number, such as `0.02`. */
  readonly amount: string;
  readonly currency: string;
}

/** What one step of a model used, as the provider told it. */
export interface StepUsage {
  /** All of the prompt, tokens read from and written to a cache among them. */
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  /** All that was produced, reasoning among it. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** True when the provider did not tell, or was cut off: the gateway counted itself. */
  readonly isEstimated: boolean;
}

/**
 * One entry of a conversation. A step of a model is an `assistant` message and, when it called
 * tools, the `tool` message with all of their results; a conversation is a tree of these.
 */
export interface ChatMessage {
  readonly id: string;
  /** The message it follows; null for the first. */
  readonly parentId: string | null;
  readonly role: 'user' | 'assistant' | 'tool';
  readonly parts: readonly MessagePart[];
  readonly runId: string;
  readonly createdAtMs: number;
  /** Of assistant messages. */
  readonly model?: string;
  readonly usage?: StepUsage;
  /** Nano-units of the currency; absent when the model is unpriced. */
  readonly cost?: { readonly nano: bigint; readonly currency: string };
}
