/** Limits of the tools that a chat shows its model. */
export const chatToolLimits = {
  /** So many tools, of so many tokens together, are all shown. */
  allToolsMax: 40,
  allTokensMax: 8_000,
  /** Of more, those that are fetched by the user's message and those used lately. */
  prefetchedToolsMax: 8,
  usedToolsMax: 12,
  /** Tokens of all that is shown; what is pinned or was shown before may go above. */
  workingTokensMax: 8_000,
  /** Conversations whose working set an instance remembers. */
  rememberedSetsMax: 1_000,
  /** Services that a model is told of by name. */
  toldServicesMax: 70,
} as const;
