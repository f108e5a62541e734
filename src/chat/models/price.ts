/** What a million tokens cost, nano-units of the price's currency. */
export interface PriceRates {
  /** Tokens of the prompt that were neither read from a cache nor written to one. */
  readonly input: bigint;
  /** Read from a cache; as `input` when null. */
  readonly cachedInput: bigint | null;
  /** Written to a cache; as `input` when null. */
  readonly cacheWrite: bigint | null;
  /** All that is produced, reasoning too. */
  readonly output: bigint;
}

/** What a model of a tenant costs from a moment on. */
export interface Price {
  readonly id: string;
  /** `provider/model`. */
  readonly model: string;
  /** Until the next one of the model holds. */
  readonly validFromMs: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly rates: PriceRates;
}
