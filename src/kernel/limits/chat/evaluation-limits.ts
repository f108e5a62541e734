/** Limits of what agents are tried with. */
export const evaluationLimits = {
  /** Questions of one agent, and reports that are kept of it. */
  evaluationCasesMax: 100,
  evaluationReportsKept: 20,
  /** Calls, texts and patterns that are expected of one answer. */
  evaluationExpectationsMax: 30,
  evaluationPatternCharactersMax: 1_000,
  /** What is kept of an answer. */
  evaluationAnswerCharactersMax: 20_000,
  /** How long a report is its worker's without a word, and how often that is said. */
  evaluationLifeMs: 30_000,
  evaluationRenewMs: 5_000,
} as const;
