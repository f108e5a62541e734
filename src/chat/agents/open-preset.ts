import type { TenantId } from '../../kernel/principal.ts';
import type { ConversationAgent } from '../conversations/conversation-agent.ts';
import type { Sampling } from '../loop/agent-engine.ts';
import type { ModelBook, OpenModel } from '../models/model-book.ts';
import type { AgentBook } from './agent-book.ts';
import type { AgentSettings } from './agent.ts';
import { renderPrompt } from './render-prompt.ts';

/** What a run goes by, besides what was said. */
export interface RunPreset {
  /** The one to ask, and those to fall back to. */
  readonly models: readonly OpenModel[];
  readonly system: string;
  /** Patterns of the tools that may be used; null for all that the caller may use. */
  readonly allowed: readonly string[] | null;
  /** Tools that are always shown. */
  readonly pinned: readonly string[];
  readonly sampling: Sampling;
}

/**
 * Opens what a run goes by: the version of an agent that its conversation remembers, and the model
 * that was asked for where the agent names none. Rejects with `conflict` for an agent that was
 * removed, and with what opening a model rejects with.
 */
export type OpenPreset = (
  tenant: TenantId,
  wanted: { readonly agent: ConversationAgent | null; readonly model: string | null },
) => Promise<RunPreset>;

/** What presets are opened from. */
export interface PresetSources {
  readonly models: Pick<ModelBook, 'open'>;
  readonly agents: Pick<AgentBook, 'settingsOf'>;
  /** What a model is told where no agent says anything. */
  readonly system: string;
}

/** Makes the way to open them. */
export function createOpenPreset({ models, agents, system }: PresetSources): OpenPreset {
  return async (tenant, { agent, model }) => {
    const settings = await agents.settingsOf(tenant, agent);
    if (settings === undefined) {
      const opened = await models.open(tenant, model ?? undefined);
      return { models: opened, system, allowed: null, pinned: [], sampling: {} };
    }
    const prompt = renderPrompt(settings, agent?.values ?? {}).trim();
    const { temperature, outputTokensMax, tools } = settings;
    return {
      models: await modelsOf(models, tenant, settings, model),
      system: prompt === '' ? system : prompt,
      allowed: tools.allowed,
      pinned: tools.pinned,
      sampling: {
        ...(temperature === null ? {} : { temperature }),
        ...(outputTokensMax === null ? {} : { outputTokensMax }),
      },
    };
  };
}

async function modelsOf(
  models: PresetSources['models'],
  tenant: TenantId,
  { model, fallbacks }: AgentSettings,
  asked: string | null,
): Promise<readonly OpenModel[]> {
  const opened = await models.open(tenant, model ?? asked ?? undefined);
  if (fallbacks.length === 0) return opened;
  const others = await Promise.all(fallbacks.map((name) => models.open(tenant, name)));
  const all = [opened, ...others].flatMap(([first]) => first ?? []);
  return all.filter((one, at) => all.findIndex(({ card }) => card.name === one.card.name) === at);
}
