import type { JsonObject } from '../../kernel/json.ts';
import type { AgentValues } from '../conversations/conversation-agent.ts';

/** What is expected of an answer; what is absent or empty is not looked at. */
export interface Expected {
  /** Each wants a call of its own; the tool is a pattern such as `orders__get*`. */
  readonly calls: readonly { readonly tool: string; readonly arguments: JsonObject | null }[];
  /** Patterns of tools that must not be called. */
  readonly notCalled: readonly string[];
  /** Texts that the answer has, in whatever case. */
  readonly contains: readonly string[];
  /** Regular expressions (RE2) that the answer matches. */
  readonly matches: readonly string[];
  readonly stepsMax: number | null;
  /** The amount is a decimal as text. */
  readonly costMax: { readonly amount: string; readonly currency: string } | null;
}

/** A question that an agent is tried with. */
export interface EvaluationCase {
  readonly id: string;
  readonly question: string;
  readonly values: AgentValues;
  readonly expected: Expected;
  readonly createdAtMs: number;
}

/** What a version answered. */
export interface CaseAnswer {
  readonly answer: string;
  readonly calls: readonly {
    readonly tool: string;
    readonly arguments: unknown;
    readonly status: string;
  }[];
  readonly steps: number;
  /** Decimals as text, by currency. */
  readonly cost: readonly { readonly amount: string; readonly currency: string }[];
  /** Whether a step of a model without a price is missing in the cost. */
  readonly isUnpriced: boolean;
  readonly stopReason: string | null;
  /** What was expected and is not so; empty for a case that passed. */
  readonly failures: readonly string[];
}

/** One case, by version. */
export interface CaseResult {
  readonly caseId: string;
  readonly question: string;
  /** In the order of the report's versions. */
  readonly answers: readonly CaseAnswer[];
}

/** Versions side by side; a draft is known again by the digest of its settings. */
export interface Report {
  readonly id: string;
  readonly agentId: string;
  /** `interrupted`: whoever worked on it has died. */
  readonly state: 'running' | 'finished' | 'failed' | 'interrupted';
  readonly versions: readonly { readonly number: number; readonly digest: string }[];
  readonly results: readonly CaseResult[];
  /** Why it failed. */
  readonly problem: string | null;
  readonly createdAtMs: number;
}
