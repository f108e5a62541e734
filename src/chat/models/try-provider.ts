import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { openLater } from './open-models.ts';
import type { ProviderBook } from './provider-book.ts';
import type { ModelFetch } from './wire/model-fetch.ts';
import { ModelFailure, type FailureKind } from './wire/model-failure.ts';

/** How a provider answered when it was tried. */
export interface ProviderTrial {
  readonly model: string;
  readonly durationMs: number;
  /** Null when it answered. */
  readonly problem: { readonly kind: FailureKind; readonly text: string } | null;
}

/** What a trial needs. */
export interface TrialContext {
  readonly providers: ProviderBook;
  readonly fetch: ModelFetch;
  readonly log: Log;
  now(): number;
}

/** Asks a model of a provider for a few tokens, by a connection of its own kind. */
export async function tryProvider(
  context: TrialContext,
  tenant: TenantId,
  id: string,
  wanted: string | undefined,
): Promise<ProviderTrial> {
  const provider = await context.providers.get(tenant, id);
  const model = wanted ?? provider.models[0]?.id;
  if (model === undefined) {
    throw new GatewayError('invalid_params', 'model: say which, for the provider has none yet.');
  }
  const startedAtMs = context.now();
  const trialOf = (problem: ProviderTrial['problem']): ProviderTrial => ({
    model,
    durationMs: Math.max(0, context.now() - startedAtMs),
    problem,
  });
  try {
    await openLater({ ...context, changes: () => 0 }, tenant, provider, model).doGenerate({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'Say yes.' }] }],
      maxOutputTokens: limits.modelTestTokens,
      abortSignal: AbortSignal.timeout(limits.modelTestMs),
    });
    return trialOf(null);
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    // Its own words, which hold no key: whoever tried it is told what the gateway makes of them.
    const { kind, httpStatus: status, detail: reason } = error;
    context.log.warn(
      { tenant, name: provider.name, kind, status, reason },
      'a model did not answer',
    );
    return trialOf({ kind: error.kind, text: error.message });
  }
}
