import { chatToolLimits } from '../../kernel/limits/chat/chat-tool-limits.ts';

/** A tool of the view, as a model would be shown it. */
export interface SizedTool {
  readonly name: string;
  /** What its definition takes of a model's context; see `estimateTokens`. */
  readonly tokens: number;
}

/** What is known when a step of a conversation begins. */
export interface WorkingSetInput {
  /** Everything the caller sees, in a steady order. */
  readonly view: readonly SizedTool[];
  /** What the conversation was shown before, in that order; empty at its start. */
  readonly shown: readonly string[];
  /** Always shown, by the wish of the agent or the user. */
  readonly pinned: readonly string[];
  /** Used in the conversation, the latest last. */
  readonly used: readonly string[];
  /** What a search for the user's message found, the best first. */
  readonly found: readonly string[];
  /** The tools that find others; they are shown when not everything is. */
  readonly metaTools: readonly SizedTool[];
}

/** What a model is shown. */
export interface WorkingSet {
  /** Names, the meta-tools first; later sets of a conversation begin like the earlier. */
  readonly names: readonly string[];
  readonly tokens: number;
  /** Whether the view holds nothing else. */
  readonly isEverything: boolean;
  /** What is told to the model and the user; undefined when everything is shown. */
  readonly note: string | undefined;
}

/**
 * Chooses the tools of a step: all when they are few and small; otherwise what was shown before,
 * and after it what is pinned, was used lately or fits the message. What was shown stays in its
 * place, so that a provider's cache of the prompt stays good; what has left the view goes.
 */
export function workingSet(input: WorkingSetInput): WorkingSet {
  const { view, metaTools } = input;
  const tokensOf = new Map([...view, ...metaTools].map(({ name, tokens }) => [name, tokens]));
  const all = sum(view);
  const wasSearching = metaTools.length > 0 && input.shown.includes(metaTools[0]?.name ?? '');
  const { allToolsMax, allTokensMax } = chatToolLimits;
  if (view.length <= allToolsMax && all <= allTokensMax && !wasSearching) {
    const names = inOrder([input.shown, view.map(({ name }) => name)], tokensOf);
    return { names, tokens: all, isEverything: true, note: undefined };
  }
  const names = chosen(input, tokensOf);
  const shown = names.length - metaTools.length;
  return {
    names,
    tokens: names.reduce((total, name) => total + (tokensOf.get(name) ?? 0), 0),
    isEverything: shown === view.length,
    note: `${shown} of ${view.length} tools in view, rest by search`,
  };
}

function chosen(
  { shown, pinned, used, found, metaTools }: WorkingSetInput,
  tokensOf: ReadonlyMap<string, number>,
): readonly string[] {
  const { prefetchedToolsMax, usedToolsMax, workingTokensMax } = chatToolLimits;
  const names = new Set(metaTools.map(({ name }) => name));
  let tokens = sum(metaTools);
  const take = (list: readonly string[], most: number, isForced: boolean): void => {
    const sizeMax = names.size + most;
    for (const name of list) {
      const size = tokensOf.get(name);
      if (size === undefined || names.has(name)) continue;
      if (names.size >= sizeMax) return;
      if (!isForced && tokens + size > workingTokensMax) continue;
      names.add(name);
      tokens += size;
    }
  };
  take(shown, shown.length, true);
  take(pinned, pinned.length, true);
  take(used.toReversed(), usedToolsMax, false);
  take(found.slice(0, prefetchedToolsMax), prefetchedToolsMax, false);
  return [...names];
}

function inOrder(
  lists: readonly (readonly string[])[],
  known: ReadonlyMap<string, number>,
): readonly string[] {
  return [...new Set(lists.flat().filter((name) => known.has(name)))];
}

const sum = (tools: readonly SizedTool[]): number =>
  tools.reduce((total, { tokens }) => total + tokens, 0);
