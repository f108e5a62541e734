/** The environment, as far as it matters. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A provider of a user, as `POST /api/v1/models/providers` takes it. */
export interface LiveProvider {
  readonly settings: { readonly kind: string; readonly baseUrl?: string };
  readonly key: string | undefined;
  readonly model: { readonly id: string; readonly contextTokens?: number };
  /** What each question may cost; undefined for a model whose price is not known here. */
  readonly cost: { readonly amount: string; readonly currency: string } | undefined;
}

const CONTEXT_TOKENS = 32_000;
const cost = { amount: '0.10', currency: 'USD' };

/** The provider that the environment names; undefined for none. */
export function liveProvider(environment: Environment): LiveProvider | undefined {
  const model = environment['EVAL_LIVE_MODEL'];
  const baseUrl = environment['EVAL_LIVE_BASE_URL'];
  if (baseUrl !== undefined) {
    const id = model ?? 'default';
    const settings = { kind: 'openai_compatible', baseUrl };
    const key = environment['EVAL_LIVE_KEY'];
    return { settings, key, model: { id, contextTokens: CONTEXT_TOKENS }, cost: undefined };
  }
  for (const [kind, name, usual] of [
    ['openai', 'OPENAI_API_KEY', 'gpt-5-mini'],
    ['anthropic', 'ANTHROPIC_API_KEY', 'claude-haiku-4-5'],
  ] as const) {
    const key = environment[name];
    if (key === undefined || key === '') continue;
    const own = model === undefined ? {} : { contextTokens: CONTEXT_TOKENS };
    const isKnown = model === undefined || model === usual;
    return {
      settings: { kind },
      key,
      model: { id: model ?? usual, ...own },
      cost: isKnown ? cost : undefined,
    };
  }
  return undefined;
}
