/** Limits of what a call tells about its price, and of calls that are made more than once. */
export const billingFactsLimits = {
  /** A client's key for one purchase. */
  idempotencyKeyLengthMax: 128,
  /** How long the result of a call with a key is given again, and how much is kept of all. */
  repeatedResultMs: 600_000,
  repeatedResultsMax: 10_000,
  repeatedResultsBytesMax: 64 * 1024 * 1024,
  repeatedResultBytesMax: 4 * 1024 * 1024,
  /** The value of an argument, as text, that billing rules look at; a longer one is not kept. */
  billedArgumentCharactersMax: 128,
  /** Arguments of one call that are kept for billing rules; likewise roles, and groups. */
  billedAttributesMax: 10,
  /** Quantities that a tool may report of one call, and the length of a name. */
  reportedQuantitiesMax: 20,
  reportedNameLengthMax: 64,
} as const;
