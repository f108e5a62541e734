/** Limits of feedback and of examples to train models with. */
export const trainingLimits = {
  /** What an answer should have been. */
  trainingCorrectionCharactersMax: 50_000,
  /** Rows that an export reads at once. */
  trainingPageRows: 100,
} as const;
