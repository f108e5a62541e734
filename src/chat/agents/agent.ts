import type { AgentValue } from '../conversations/conversation-agent.ts';

/** A variable of a prompt, which stands there as `{{name}}`. */
export interface AgentVariable {
  readonly name: string;
  readonly type: 'text' | 'number' | 'boolean' | 'choice';
  readonly description: string;
  /** Whether a chat cannot begin without it. */
  readonly isRequired: boolean;
  /** Stands where no value is given; null for nothing. */
  readonly default: AgentValue | null;
  /** What a `choice` may be. */
  readonly choices: readonly string[];
}

/** How far a run of an agent may go; what is null is as usual. */
export interface AgentLimits {
  readonly steps: number | null;
  readonly seconds: number | null;
  readonly parallelCalls: number | null;
  /** The amount is a decimal as text. */
  readonly cost: { readonly amount: string; readonly currency: string } | null;
}

/** What an agent is, in one of its versions. */
export interface AgentSettings {
  /** `provider/model`; null for the tenant's default, or what the caller names. */
  readonly model: string | null;
  /** Asked in this order when the model cannot answer; empty for the tenant's own order. */
  readonly fallbacks: readonly string[];
  readonly tools: {
    /** Patterns of `service__tool`, within what the caller may use; null for all of that. */
    readonly allowed: readonly string[] | null;
    /** Public names of tools that the model is always shown. */
    readonly pinned: readonly string[];
  };
  readonly limits: AgentLimits;
  /** The system prompt, with variables as `{{name}}`. */
  readonly prompt: string;
  readonly variables: readonly AgentVariable[];
  readonly temperature: number | null;
  readonly outputTokensMax: number | null;
}

/** An agent, without what it is. */
export interface Agent {
  readonly id: string;
  /** Its name in addresses, and behind `agent/` as the name of a model. */
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  /** The number of the version that is used; null before one was published. */
  readonly published: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly version: number;
}

/** A version of an agent: a draft that is edited, or published and never changed again. */
export interface AgentVersion {
  readonly number: number;
  readonly state: 'draft' | 'published';
  readonly settings: AgentSettings;
  readonly createdAtMs: number;
  readonly publishedAtMs: number | null;
}
