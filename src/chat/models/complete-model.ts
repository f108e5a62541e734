import { GatewayError } from '../../kernel/errors.ts';
import { knownModel } from './prices/known-models.ts';
import type { ModelEntry, ProviderSettings, TakenMedia } from './provider.ts';

/** A model as people give it. */
export interface GivenModel {
  readonly id: string;
  readonly contextTokens?: number;
  readonly outputTokensMax?: number | null;
  readonly takes?: readonly TakenMedia[];
  readonly isDefault?: boolean;
  readonly fallback?: number | null;
}

/**
 * Adds what is known of a model and was not given. Throws `invalid_params` where nobody says how
 * much it reads.
 */
export function completeModel(settings: ProviderSettings, given: GivenModel): ModelEntry {
  const known = knownModel(settings, given.id);
  const { id, isDefault = false, fallback = null } = given;
  const contextTokens = given.contextTokens ?? known?.contextTokens;
  if (contextTokens === undefined) {
    const text = `models: give contextTokens of "${id}", for the gateway does not know that model.`;
    throw new GatewayError('invalid_params', text);
  }
  return {
    id,
    contextTokens,
    outputTokensMax: given.outputTokensMax ?? known?.outputTokensMax ?? null,
    takes: given.takes ?? known?.takes ?? [],
    isDefault,
    fallback,
  };
}
