import type {
  ModelEntry,
  Price,
  PriceRates,
  Provider,
  ProviderSettings,
} from '../../../chat/models/store.ts';
import type { ChatModelTables } from '../tables/chat-model-tables.ts';

/** A row of `model_provider`. */
export type ProviderRow = ChatModelTables['model_provider'];

/** Reads a provider. */
export function toProvider(row: ProviderRow): Provider {
  return {
    id: row.id,
    name: row.name,
    settings: JSON.parse(row.settings) as ProviderSettings,
    hasKey: row.is_keyed === 1,
    models: JSON.parse(row.models) as readonly ModelEntry[],
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    version: row.version,
  };
}

/** Reads a price. */
export function toPrice(row: Omit<ChatModelTables['model_price'], 'tenant_id'>): Price {
  const { input, cachedInput, cacheWrite, output } = JSON.parse(row.rates) as RatesText;
  const optional = (text: string | null): bigint | null => (text === null ? null : BigInt(text));
  return {
    id: row.id,
    model: row.model,
    validFromMs: row.valid_from_ms,
    currency: row.currency,
    rates: {
      input: BigInt(input),
      cachedInput: optional(cachedInput),
      cacheWrite: optional(cacheWrite),
      output: BigInt(output),
    },
  };
}

/** Writes rates; no number of JSON holds them. */
export function ratesText({ input, cachedInput, cacheWrite, output }: PriceRates): string {
  const text: RatesText = {
    input: input.toString(),
    cachedInput: cachedInput?.toString() ?? null,
    cacheWrite: cacheWrite?.toString() ?? null,
    output: output.toString(),
  };
  return JSON.stringify(text);
}

interface RatesText {
  readonly input: string;
  readonly cachedInput: string | null;
  readonly cacheWrite: string | null;
  readonly output: string;
}
