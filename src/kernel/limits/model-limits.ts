/** Limits of model providers and of what they are sent and answer. */
export const modelLimits = {
  /** Providers of one tenant, models of one provider, prices of one tenant. */
  modelProvidersPerTenantMax: 20,
  modelsPerProviderMax: 100,
  modelPricesPerTenantMax: 500,
  /** A model's id at its provider, and a setting such as a region. */
  modelIdLengthMax: 200,
  modelSettingLengthMax: 200,
  modelUrlLengthMax: 2_048,
  /** Where a model stands among those to fall back to. */
  modelFallbackMax: 100,
  /** One answer of a model, all of its stream, and the answer that says what went wrong. */
  modelAnswerBytesMax: 64 * 1024 * 1024,
  /** One line of it, which whoever parses it holds whole: an event of a stream. */
  modelLineBytesMax: 4 * 1024 * 1024,
  modelErrorBytesMax: 64 * 1024,
  /** What is kept of a provider's own words about a failure; for the log alone. */
  modelFailureDetailCharactersMax: 300,
  /** Tenants whose models an instance keeps open. */
  modelTenantsKeptMax: 1_000,
  /** A provider that is tried may take this long, and write this much (OpenAI wants 16). */
  modelTestMs: 30_000,
  modelTestTokens: 16,
} as const;
