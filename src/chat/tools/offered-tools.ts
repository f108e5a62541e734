import type { NamedTarget } from '../../catalog/tenant-snapshot.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { ChatMessage } from '../conversations/message.ts';

/** Whose tools are wanted, and for which conversation. */
export interface ToolAsk {
  readonly principal: Principal;
  readonly conversationId: string;
  /** Of the branch that goes on, the oldest first. */
  readonly history: readonly ChatMessage[];
  /** Public names of tools that are always shown. */
  readonly pinned?: readonly string[];
}

/** A tool of a service, by its public name. */
export interface ServiceTool extends NamedTarget {
  readonly kind: 'service';
  /** The public name, `service__tool`. */
  readonly publicName: string;
}

/** A tool of the chat itself, such as `search_tools`; it only reads and needs no approval. */
export interface OwnTool {
  readonly kind: 'own';
  readonly publicName: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  /** What a model is told. Arguments were validated; what is thrown is told as an error. */
  run(given: JsonObject, ask: ToolAsk): Promise<string>;
}

/** A tool that runs where the caller is. */
export interface CallerTool {
  readonly kind: 'caller';
  readonly publicName: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

/** A tool that a model may call. */
export type OfferedTool = ServiceTool | OwnTool | CallerTool;

/** What a model is shown in a step. */
export interface ToolOffer {
  /** In a stable order: what is new comes last, for the sake of the providers' caches. */
  readonly tools: readonly OfferedTool[];
  /** What the model is told of tools besides, such as which services there are. */
  readonly hint?: string;
  /** Public names of tools that wait for a person to look at their definitions. */
  readonly held?: readonly string[];
}

/** Decides which tools a model is shown. */
export interface ToolShelf {
  /** Asked anew for every step. */
  offer(ask: ToolAsk): Promise<ToolOffer>;
  /**
   * The tool of this public name, shown or not; undefined for what the caller's view does not hold.
   */
  find(ask: ToolAsk, publicName: string): OfferedTool | undefined;
}
