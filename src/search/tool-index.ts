import { queryIntent } from './query-intent.ts';
import { readEntries, type IndexedField } from './index-entries.ts';
import { textIndexOf, type TextIndex, type TextMatch } from './text-index.ts';
import { isRemoving } from './word-families.ts';
import { wordForms } from './word-forms.ts';
import { toolNeeds } from './tool-needs.ts';

/** A tool as it is found. */
export interface IndexedTool {
  readonly name: string;
  /** What it belongs to; tools of one service help one another to be found. */
  readonly service: string;
  /** Where its requests go, when it is an operation of an HTTP API: `GET /movies/{id}`. */
  readonly path?: string;
  readonly parameters: readonly string[];
  readonly fields: readonly IndexedField[];
  /** Multiplies its scores. */
  readonly weight?: number;
  /** Whether it reads or changes; undefined when nobody says. */
  readonly does?: 'read' | 'change' | undefined;
  /** Whether it takes something away. */
  readonly removes?: boolean;
}

/** Finds tools by what somebody wants done. */
export interface ToolIndex {
  readonly size: number;
  /** The best first; none when nothing fits well enough. Places in the list it was made from. */
  search(query: string, matchesMax: number): readonly TextMatch[];
  /** Whatever has anything to do with it, the best first. */
  rank(query: string, matchesMax: number): readonly TextMatch[];
  /** Tools whose names are spelled like the query, for when nothing else is found. */
  spelledLike(query: string, matchesMax: number): readonly TextMatch[];
}

/** How long a build may hold the event loop, and how it lets others have their turn. */
export interface BuildPace {
  readonly sliceMs: number;
  pause(): Promise<void>;
}

/** How much the best tools of a service count for each of its tools, and how many of them do. */
const SERVICE_SHARE = 0.13;
const SERVICE_TOOLS = 3;
/** How much of a tool's score goes to those that find what it has to be given. */
const NEEDED_SHARE = 0.38;
/** The tools whose needs are looked at. */
const NEEDING_TOOLS = 10;
/** Where a part of a question ends and another begins. */
const PART_END = /[.?!;]\s+|,?\s+(?:and|then|also|after that|afterwards)\s+|,\s+/i;
const PART_WORDS_MIN = 4;
const PARTS_MAX = 8;
/** How near the best tools of a part come to the best of all, and how many do. */
const PART_SHARE = 0.4;
const PART_TOOLS = 3;
/** The weight of a tool that reads when something is to be changed, or vice versa. */
const OTHER_INTENT = 0.7;
/** The weight of a tool that deletes when nobody speaks of taking anything away. */
const UNASKED_REMOVAL = 0.7;
/** The best by their words, which are looked at again. */
const LOOKED_AT = 200;
/** Names are alike from this share of common pieces on (Dice's coefficient). */
const LIKENESS_MIN = 0.35;

/** Builds the index at once. */
export function createToolIndex(tools: readonly IndexedTool[]): ToolIndex {
  const building = readTools(tools);
  for (;;) {
    const step = building.next();
    if (step.done === true) return step.value;
  }
}

/** Builds the index in slices of time. */
export async function buildToolIndex(
  tools: readonly IndexedTool[],
  { sliceMs, pause }: BuildPace,
): Promise<ToolIndex> {
  const building = readTools(tools);
  let start = performance.now();
  for (;;) {
    const step = building.next();
    if (step.done === true) return step.value;
    if (performance.now() - start < sliceMs) continue;
    await pause();
    start = performance.now();
  }
}

function* readTools(tools: readonly IndexedTool[]): Generator<void, ToolIndex, void> {
  const entries = yield* readEntries(tools.map(({ fields }) => fields));
  const text = textIndexOf(
    entries,
    tools.map(({ weight = 1 }) => weight),
  );
  const finders = new Map<string, number[]>();
  for (const [at, tool] of tools.entries()) {
    for (const thing of toolNeeds(tool).found) {
      const key = `${tool.service}\n${thing}`;
      const own = finders.get(key);
      if (own === undefined) finders.set(key, [at]);
      else own.push(at);
    }
    if (at % 64 === 0) yield;
  }
  return toolIndexOf(tools, text, finders);
}

function toolIndexOf(
  tools: readonly IndexedTool[],
  text: TextIndex,
  finders: ReadonlyMap<string, readonly number[]>,
): ToolIndex {
  const isOfMany = new Set(tools.map(({ service }) => service)).size > 1;
  const better = (query: string, found: readonly TextMatch[], most: number) => {
    const matches = new Map(found.map((match) => [match.at, match]));
    raiseParts(query, text, matches);
    weighIntent(query, tools, matches);
    weighRemoval(query, tools, matches);
    if (isOfMany) shareInServices(tools, matches);
    shareWithNeeded(tools, finders, matches);
    return byScore([...matches.values()]).slice(0, most);
  };
  return {
    size: tools.length,
    search: (query, most) => better(query, text.search(query, looked(most)), most),
    rank: (query, most) => better(query, text.rank(query, looked(most)), most),
    spelledLike: (query, most) => spelledLike(query, tools).slice(0, most),
  };
}

/** What comes far behind by its words comes to nothing by what else is known of it. */
const looked = (most: number): number => Math.max(LOOKED_AT, 2 * most);

type Matches = Map<number, TextMatch>;

const byScore = (matches: readonly TextMatch[]): readonly TextMatch[] =>
  matches.toSorted((one, two) => two.score - one.score || one.at - two.at);

function scale(matches: Matches, match: TextMatch, score: number): void {
  matches.set(match.at, { ...match, score });
}

/**
 * A question of several parts wants a tool for each: the best of each part come near the best of
 * all, however little their part is of the whole.
 */
function raiseParts(query: string, text: TextIndex, matches: Matches): void {
  const parts = partsOf(query);
  if (parts.length < 2) return;
  const best = Math.max(0, ...[...matches.values()].map(({ score }) => score));
  for (const part of parts) {
    const found = text.rank(part, PART_TOOLS);
    const [first] = found;
    for (const match of found) {
      const raised = (PART_SHARE * best * match.score) / (first?.score ?? 1);
      const known = matches.get(match.at);
      if (known === undefined || known.score < raised) scale(matches, known ?? match, raised);
    }
  }
}

function partsOf(query: string): readonly string[] {
  const parts = query.split(PART_END).filter((part) => part.split(/\s+/).length >= PART_WORDS_MIN);
  return parts.length > PARTS_MAX ? [] : parts;
}

function weighIntent(query: string, tools: readonly IndexedTool[], matches: Matches): void {
  const intent = queryIntent(query);
  if (intent === undefined) return;
  for (const match of matches.values()) {
    const does = tools[match.at]?.does;
    if (does !== undefined && does !== intent) scale(matches, match, match.score * OTHER_INTENT);
  }
}

/** Nobody means to delete without a word of it. */
function weighRemoval(query: string, tools: readonly IndexedTool[], matches: Matches): void {
  if (wordForms(query).some(isRemoving)) return;
  for (const match of matches.values()) {
    if (tools[match.at]?.removes !== true) continue;
    scale(matches, match, match.score * UNASKED_REMOVAL);
  }
}

/** A service that has several tools for the question is likelier to be the one that is meant. */
function shareInServices(tools: readonly IndexedTool[], matches: Matches): void {
  const best = new Map<string, number[]>();
  for (const { at, score } of byScore([...matches.values()])) {
    const service = tools[at]?.service ?? '';
    const own = best.get(service);
    if (own === undefined) best.set(service, [score]);
    else if (own.length < SERVICE_TOOLS) own.push(score);
  }
  for (const match of matches.values()) {
    const own = best.get(tools[match.at]?.service ?? '') ?? [];
    const mean = own.reduce((sum, score) => sum + score, 0) / SERVICE_TOOLS;
    scale(matches, match, match.score + SERVICE_SHARE * mean);
  }
}

/** Whoever calls a tool that takes an id has to find that id first. */
function shareWithNeeded(
  tools: readonly IndexedTool[],
  finders: ReadonlyMap<string, readonly number[]>,
  matches: Matches,
): void {
  if (finders.size === 0) return;
  const shares = new Map<number, number>();
  for (const { at, score } of byScore([...matches.values()]).slice(0, NEEDING_TOOLS)) {
    const tool = tools[at] as IndexedTool;
    for (const thing of toolNeeds(tool).needed) {
      for (const finder of finders.get(`${tool.service}\n${thing}`) ?? []) {
        if (finder !== at) shares.set(finder, Math.max(shares.get(finder) ?? 0, score));
      }
    }
  }
  for (const [at, share] of shares) {
    const match = matches.get(at) ?? { at, score: 0, coverage: 0 };
    scale(matches, match, match.score + NEEDED_SHARE * share);
  }
}

function spelledLike(query: string, tools: readonly IndexedTool[]): readonly TextMatch[] {
  const asked = gramsOf(query);
  if (asked.size === 0) return [];
  const matches = tools.flatMap(({ name }, at): readonly TextMatch[] => {
    const grams = gramsOf(name);
    let common = 0;
    for (const gram of grams) if (asked.has(gram)) common += 1;
    const likeness = (2 * common) / (asked.size + grams.size);
    return likeness < LIKENESS_MIN ? [] : [{ at, score: likeness, coverage: likeness }];
  });
  return byScore(matches);
}

function gramsOf(text: string): ReadonlySet<string> {
  const plain = text
    .slice(0, 128)
    .toLowerCase()
    .replaceAll(/[^\p{L}\d]+/gu, '');
  const grams = new Set<string>();
  for (let at = 0; at + 3 <= plain.length; at += 1) grams.add(plain.slice(at, at + 3));
  return grams;
}
