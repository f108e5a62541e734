/** A value that a variable of an agent's prompt is given. */
export type AgentValue = string | number | boolean;

/** What variables of prompts are given, by name. */
export type AgentValues = Readonly<Record<string, AgentValue>>;

/** Which version of an agent a conversation goes by, and the values of its variables. */
export interface ConversationAgent {
  readonly id: string;
  readonly version: number;
  readonly values: AgentValues;
}
