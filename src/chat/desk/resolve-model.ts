/** What a name in the place of a model's means. */
export interface ResolvedModel {
  /** `provider/model`; undefined for the default. */
  readonly model: string | undefined;
  /** The slug of an agent. */
  readonly agent: string | undefined;
}

/** In front of an agent's slug; no provider has this name. */
export const AGENT_PREFIX = 'agent/';

/** What callers mean by the `model` that they name: `default`, a model, or `agent/{slug}`. */
export function resolveModel(name: string | undefined): ResolvedModel {
  if (name === undefined || name === 'default') return { model: undefined, agent: undefined };
  if (!name.startsWith(AGENT_PREFIX)) return { model: name, agent: undefined };
  return { model: undefined, agent: name.slice(AGENT_PREFIX.length) };
}
