/** Limits of agents: what chats begin with. */
export const agentLimits = {
  /** Agents of one tenant, and versions of one agent. */
  agentsPerTenantMax: 100,
  agentVersionsMax: 100,
  agentNameCharactersMax: 80,
  agentDescriptionCharactersMax: 1_000,
  /** The system prompt, its variables, and what one of them may be. */
  agentPromptCharactersMax: 50_000,
  agentVariablesMax: 30,
  agentVariableNameLengthMax: 64,
  agentChoicesMax: 50,
  agentValueCharactersMax: 10_000,
  agentFallbacksMax: 10,
  /** Patterns of tools, and tools that are always shown. */
  agentToolPatternsMax: 100,
  agentPinnedToolsMax: 20,
  agentTemperatureMax: 2,
} as const;
