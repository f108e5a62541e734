import { createToolIndex } from '../../src/search/tool-index.ts';
import { indexedTool, type QueryLine, type ToolSet } from './read-sets.ts';
import { find, halfOf, scoreOf, type Score } from './score-set.ts';

/** How much of what questions need a model sees that searches in its own words. */
export interface SearchesScore {
  readonly tasks: number;
  readonly searches: number;
  /** Share of the relevant tools that any of a task's searches shows, by results a search. */
  readonly seen: Readonly<Record<3 | 5 | 10, number>>;
}

/** Asks what a model asked; undefined for a set of which that is not recorded. */
export function scoreSearches(set: ToolSet): SearchesScore | undefined {
  const tasks = set.queries.filter(({ id }) => set.searches.has(id));
  if (tasks.length === 0) return undefined;
  const index = createToolIndex(set.tools.map((line) => indexedTool(line)));
  const searchesOf = ({ id }: QueryLine): readonly string[] => set.searches.get(id) ?? [];
  const seen = (most: number): number => {
    const answers = tasks.map((line) => ({
      line,
      found: searchesOf(line).flatMap((query) => find(set, index, query, most)),
    }));
    const shares = answers.map(({ line, found }) => {
      const right = line.relevant.filter((id) =>
        [id, ...(line.alternatives?.[id] ?? [])].some((one) => found.includes(one)),
      );
      return right.length / line.relevant.length;
    });
    return shares.reduce((sum, share) => sum + share, 0) / tasks.length;
  };
  return {
    tasks: tasks.length,
    searches: tasks.reduce((sum, line) => sum + searchesOf(line).length, 0),
    seen: { 3: seen(3), 5: seen(5), 10: seen(10) },
  };
}

/** Numbers of confirmed uses of each tool that are tried. */
export const learnedCounts = [0, 1, 3, 10] as const;

/**
 * How well one half of the questions is answered when of each tool this many questions of the other
 * half are known that it answered; undefined for a set with too few questions.
 */
export function scoreLearned(set: ToolSet): ReadonlyMap<number, Score> | undefined {
  if (set.queries.length < set.tools.length * 5) return undefined;
  const asked = set.queries.filter((line) => halfOf(line) === 1);
  const logged = new Map<string, string[]>();
  for (const line of set.queries) {
    if (halfOf(line) === 1 || line.relevant.length > 1) continue;
    const id = line.relevant[0] ?? '';
    logged.set(id, [...(logged.get(id) ?? []), line.query]);
  }
  return new Map(
    learnedCounts.map((count): [number, Score] => {
      const tools = set.tools.map((line) =>
        indexedTool(line, (logged.get(line.id) ?? []).slice(0, count)),
      );
      const index = createToolIndex(tools);
      return [
        count,
        scoreOf(asked.map((line) => ({ line, found: find(set, index, line.query, 10) }))),
      ];
    }),
  );
}

/** Time for a question among this many tools, taken from all sets; milliseconds. */
export function timeQueries(sets: readonly ToolSet[], size: number): { ms: number; tools: number } {
  const tools = sets.flatMap((set) => set.tools).slice(0, size);
  const index = createToolIndex(tools.map((line) => indexedTool(line)));
  const queries = sets.flatMap((set) => set.queries.slice(0, 100));
  for (const { query } of queries.slice(0, 20)) index.rank(query, 10);
  const start = performance.now();
  for (const { query } of queries) index.rank(query, 10);
  return { ms: (performance.now() - start) / Math.max(1, queries.length), tools: index.size };
}
