import { createHash } from 'node:crypto';
import { createToolIndex, type ToolIndex } from '../../src/search/tool-index.ts';
import { indexedTool, type QueryLine, type ToolSet } from './read-sets.ts';

/** How well the questions of a set, or of a part of it, were answered; shares from 0 to 1. */
export interface Score {
  readonly queries: number;
  /** Found relevant tools among the first k ÷ relevant tools, averaged over the questions. */
  readonly recall: Readonly<Record<1 | 3 | 5 | 10, number>>;
  /** Questions whose first answer is right. */
  readonly first: number;
  readonly gain: number;
}

/** The scores of a set and of its halves, by a hash of the questions' ids. */
export interface SetScore {
  readonly name: string;
  readonly tools: number;
  readonly whole: Score;
  readonly halves: readonly [Score, Score];
  readonly splits: ReadonlyMap<string, Score>;
  readonly buildMs: number;
  readonly queryMs: number;
}

const SHOWN = 10;

/** Which half a question is in. */
export const halfOf = ({ id }: QueryLine): 0 | 1 =>
  (createHash('sha256').update(id).digest()[0] as number) % 2 === 0 ? 0 : 1;

/** Asks every question of a set. */
export function scoreSet(set: ToolSet): SetScore {
  const start = performance.now();
  const index = createToolIndex(set.tools.map((line) => indexedTool(line)));
  const buildMs = performance.now() - start;
  const asked = performance.now();
  const answers = set.queries.map((line) => ({ line, found: find(set, index, line.query, SHOWN) }));
  const queryMs = (performance.now() - asked) / Math.max(1, set.queries.length);
  const splits = Map.groupBy(answers, ({ line }) => line.split ?? '');
  return {
    name: set.name,
    tools: set.tools.length,
    whole: scoreOf(answers),
    halves: [0, 1].map((half) =>
      scoreOf(answers.filter(({ line }) => halfOf(line) === half)),
    ) as unknown as readonly [Score, Score],
    splits: new Map([...splits].map(([split, own]) => [split, scoreOf(own)])),
    buildMs,
    queryMs,
  };
}

/** The ids of what is found. */
export const find = (
  { tools }: ToolSet,
  index: ToolIndex,
  query: string,
  most: number,
): readonly string[] => index.rank(query, most).map(({ at }) => tools[at]?.id ?? '');

/** A question, and the ids of what was found for it. */
export interface Answer {
  readonly line: QueryLine;
  readonly found: readonly string[];
}

/** Scores answers. */
export function scoreOf(answers: readonly Answer[]): Score {
  const mean = (of: (answer: Answer) => number): number =>
    answers.reduce((sum, answer) => sum + of(answer), 0) / Math.max(1, answers.length);
  return {
    queries: answers.length,
    recall: {
      1: mean((answer) => recallAt(answer, 1)),
      3: mean((answer) => recallAt(answer, 3)),
      5: mean((answer) => recallAt(answer, 5)),
      10: mean((answer) => recallAt(answer, 10)),
    },
    first: mean(({ line, found }) => (isRight(line, found[0] ?? '') ? 1 : 0)),
    gain: mean(gainOf),
  };
}

/** Whether an id, or one that counts as it, is among these. */
function has(line: QueryLine, id: string, found: readonly string[]): boolean {
  return [id, ...(line.alternatives?.[id] ?? [])].some((one) => found.includes(one));
}

const recallAt = ({ line, found }: Answer, most: number): number => {
  const first = found.slice(0, most);
  return line.relevant.filter((id) => has(line, id, first)).length / line.relevant.length;
};

const isRight = (line: QueryLine, id: string): boolean =>
  line.relevant.some((relevant) => has(line, relevant, [id]));

/** The normalised discounted cumulative gain of the first ten; each relevant tool counts once. */
function gainOf({ line, found }: Answer): number {
  const left = new Set(line.relevant);
  let gain = 0;
  for (const [place, id] of found.slice(0, SHOWN).entries()) {
    const relevant = [...left].find((one) => has(line, one, [id]));
    if (relevant === undefined) continue;
    left.delete(relevant);
    gain += 1 / Math.log2(place + 2);
  }
  const ideal = line.relevant
    .slice(0, SHOWN)
    .reduce((sum, _, at) => sum + 1 / Math.log2(at + 2), 0);
  return gain / ideal;
}
