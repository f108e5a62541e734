import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { StepUsage } from '../conversations/message.ts';
import type { TakenMedia } from './provider.ts';
import type { TenantId } from '../../kernel/principal.ts';

/** What is known of a model before it is asked anything. */
export interface ModelCard {
  /** `provider/model`, as callers name it. */
  readonly name: string;
  /** The name of the tenant's provider entry. */
  readonly provider: string;
  readonly contextTokens: number;
  readonly outputTokensMax: number | null;
  /** What it can take besides text, by the beginning of the media type. */
  readonly takes: readonly TakenMedia[];
  /** Whether its wire has a place for files in results of tools. */
  readonly takesFilesInResults: boolean;
  /** False for the scripted model: it is no language model, and answers say so. */
  readonly isLanguageModel: boolean;
  /** Asked when nobody names a model. */
  readonly isDefault: boolean;
  /** Its place among those that are asked when another one fails; null for never. */
  readonly fallback: number | null;
}

/** A model that can be asked. */
export interface OpenModel {
  readonly card: ModelCard;
  /**
   * The model on its provider's wire; requests leave by the egress door, with no retries. Whatever
   * fails is a `ModelFailure` of `wire/model-failure.ts`, thrown or as an `error` part.
   */
  readonly model: LanguageModelV4;
  /**
   * What a step costs by the prices valid at that time, nano-units of `currency`; undefined when
   * the model is unpriced, which is never the same as free.
   */
  costOf(usage: StepUsage, atMs: number): ModelCost | undefined;
}

/** What a step cost its tenant at the provider. */
export interface ModelCost {
  readonly nano: bigint;
  readonly currency: string;
}

/** The models of all tenants. */
export interface ModelBook {
  /**
   * The model of this name and those to fall back to, in order; without a name the tenant's
   * default. Throws GatewayError `model_not_configured` (one sentence that says what to set) and
   * `model_unknown` (it names those there are).
   */
  open(tenant: TenantId, name: string | undefined): Promise<readonly OpenModel[]>;
  /** What can be named, the default first. */
  list(tenant: TenantId): Promise<readonly ModelCard[]>;
}
