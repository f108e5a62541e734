import type { TenantSnapshot } from '../../catalog/tenant-snapshot.ts';
import { estimateTokens } from '../../kernel/estimate-tokens.ts';
import { stringMember, type JsonObject } from '../../kernel/json.ts';
import { chatToolLimits } from '../../kernel/limits/chat/chat-tool-limits.ts';
import type { Principal } from '../../kernel/principal.ts';
import { findTools, servicesOf } from '../../tool-search/find-tools.ts';
import { describeTools, metaTools, searchTools } from '../../tool-search/meta-tools.ts';
import type { ViewIndexes } from '../../tool-search/view-indexes.ts';
import type { ChatMessage } from '../conversations/message.ts';
import { createReadableViews } from './readable-view.ts';
import type { OfferedTool, OwnTool, ServiceTool, ToolAsk, ToolShelf } from './offered-tools.ts';
import { workingSet, type SizedTool } from './working-set.ts';

/** What a conversation was shown, in order, and what its searches found since. */
interface Shown {
  names: readonly string[];
  found: string[];
}

const sizes = new WeakMap<JsonObject, number>();

/**
 * Shows every tool of a small view, and of a large one a working set that grows by what is searched
 * for. What a search found is offered in the next step under its own name, so that calls of it are
 * judged, approved and recorded like all others; there is no `call_tool` in a chat.
 */
export function searchShelf(
  wholeViewOf: (principal: Principal) => TenantSnapshot,
  indexes: ViewIndexes,
): ToolShelf {
  const readable = createReadableViews();
  const viewOf = (principal: Principal): TenantSnapshot => readable(wholeViewOf(principal)).view;
  /** The longest unused first; what is forgotten costs a provider's cache and nothing else. */
  const known = new Map<string, Shown>();
  const shownIn = ({ conversationId }: ToolAsk): Shown => {
    const shown = known.get(conversationId) ?? { names: [], found: [] };
    known.delete(conversationId);
    known.set(conversationId, shown);
    const [oldest] = known.keys();
    const { rememberedSetsMax } = chatToolLimits;
    if (known.size > rememberedSetsMax && oldest !== undefined) known.delete(oldest);
    return shown;
  };
  const own = findingTools(viewOf, indexes, (ask, names) => {
    shownIn(ask).found.push(...names);
  });
  return {
    offer: async (ask) => {
      const { view, held } = readable(wholeViewOf(ask.principal));
      const sized = [...view.tools].map(([name, { definition }]) => sizeOf(name, definition));
      const shown = shownIn(ask);
      const isSmall =
        sized.length <= chatToolLimits.allToolsMax &&
        sized.reduce((sum, { tokens }) => sum + tokens, 0) <= chatToolLimits.allTokensMax;
      const found = isSmall ? [] : await foundFor(ask, view, indexes);
      const set = workingSet({
        view: sized,
        shown: shown.names,
        pinned: [...(ask.pinned ?? []), ...shown.found],
        used: usedIn(ask.history),
        found,
        metaTools: own.map((tool) => sizeOf(tool.publicName, { ...tool, run: null, kind: '' })),
      });
      shown.names = set.names;
      shown.found = [];
      const tools = set.names.flatMap((name) => toolOf(view, own, name) ?? []);
      return {
        tools,
        ...(set.note !== undefined && { hint: hintOf(set.note, view) }),
        ...(held.length > 0 && { held }),
      };
    },
    find: ({ principal }, name) => toolOf(viewOf(principal), own, name),
  };
}

/** `search_tools` and `describe_tools` over the caller's view. */
function findingTools(
  viewOf: (principal: Principal) => TenantSnapshot,
  indexes: ViewIndexes,
  noteFound: (ask: ToolAsk, names: readonly string[]) => void,
): readonly OwnTool[] {
  const [search, describe] = metaTools;
  const inChat = (definition: (typeof metaTools)[number] | undefined, text: string) => ({
    kind: 'own' as const,
    publicName: definition?.name ?? '',
    description: text,
    inputSchema: definition?.inputSchema ?? {},
  });
  return [
    {
      ...inChat(
        search,
        'Finds tools by what they do. Search in your own words, several times for a task of ' +
          'several steps; what was found can be called by its name in your next step.',
      ),
      run: async (given, ask) => {
        const view = viewOf(ask.principal);
        const found = searchTools(await indexes.of(ask.principal.tenant, view), view, given);
        const { tools = [] } = found['structuredContent'] as { tools?: readonly JsonObject[] };
        noteFound(
          ask,
          tools.map((tool) => stringMember(tool, 'name') ?? ''),
        );
        return textOf(found);
      },
    },
    {
      ...inChat(describe, 'Shows what tools do and the schemas of their arguments.'),
      run: (given, { principal }) =>
        Promise.resolve(textOf(describeTools(viewOf(principal), given))),
    },
  ];
}

/** What a search for the user's words finds before the model has said any. */
async function foundFor(
  { principal, history }: ToolAsk,
  view: TenantSnapshot,
  indexes: ViewIndexes,
): Promise<readonly string[]> {
  const message = history.findLast(({ role }) => role === 'user');
  const words = (message?.parts ?? []).flatMap((part) => (part.type === 'text' ? part.text : []));
  if (words.length === 0) return [];
  const index = await indexes.of(principal.tenant, view);
  const limit = chatToolLimits.prefetchedToolsMax;
  const { tools, by } = findTools(index, words.join(' '), { limit });
  return by === 'words' ? tools.map(({ name }) => name) : [];
}

function usedIn(history: readonly ChatMessage[]): readonly string[] {
  return history.flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'tool_call' ? part.tool : [])),
  );
}

function toolOf(
  view: TenantSnapshot,
  own: readonly OwnTool[],
  publicName: string,
): OfferedTool | undefined {
  const target = view.tools.get(publicName);
  if (target === undefined) return own.find((tool) => tool.publicName === publicName);
  return { kind: 'service', publicName, ...target } satisfies ServiceTool;
}

/** Many services are told of by their names alone. */
function hintOf(note: string, view: TenantSnapshot): string {
  const services = servicesOf(view).slice(0, chatToolLimits.toldServicesMax);
  const lines = services.map(
    ({ service, title, tools }) => `${service}: ${title} (${tools} tools)`,
  );
  return [`${note}. The services are:`, ...lines].join('\n');
}

function sizeOf(name: string, definition: JsonObject): SizedTool {
  let tokens = sizes.get(definition);
  if (tokens === undefined) {
    tokens = estimateTokens(JSON.stringify(definition));
    sizes.set(definition, tokens);
  }
  return { name, tokens };
}

function textOf(result: JsonObject): string {
  const [block] = result['content'] as readonly JsonObject[];
  return stringMember(block, 'text') ?? '';
}
