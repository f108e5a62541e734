import type { JsonObject } from '../kernel/json.ts';

/** A tool that runs where the caller is: its calls go back, and the run waits for their results. */
export interface CallerToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

/** Which tool a model has to call first. */
export type CallerToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  /** The caller's tool of this name. */
  | { readonly name: string };

/**
 * What a caller of a run brings besides its message, as clients of models do. It is kept with the
 * run, so that whoever goes on with it goes on in the same way.
 */
export interface CallerTerms {
  /** Follows the gateway's own instructions, which it does not replace. */
  readonly instructions?: string;
  readonly tools: readonly CallerToolDefinition[];
  readonly toolChoice: CallerToolChoice;
  /** Tokens of one answer of the model. */
  readonly outputTokensMax?: number;
  readonly temperature?: number;
  readonly topP?: number;
  /** Whether the run ends when whoever reads its answer leaves. */
  readonly isAttached: boolean;
  /** Whether the conversation that it begins is deleted once it was read. */
  readonly isThrowaway?: boolean;
  /** What the door tells of the request again; the loop does not look at it. */
  readonly request: JsonObject;
}
