/** Something to find by words: its name counts most, then its place, then its description. */
export interface IndexedText {
  readonly name: string;
  readonly place: string;
  readonly description: string;
  /** Multiplies its score. */
  readonly weight: number;
}

/** Finds texts by words. */
export interface WordIndex<Entry extends IndexedText> {
  /** The best matches first; empty when no word is known. */
  search(query: string, most: number): readonly Entry[];
}

interface Posting {
  readonly at: number;
  readonly score: number;
  /** True when the word stands in the name or the place. */
  readonly names: boolean;
}

/** What a query found of one entry. */
interface Match {
  score: number;
  /** Rarity of the words that were found. */
  covered: number;
  /** Words of its name and place that were found. */
  named: number;
}

const NAME = 4;
const PLACE = 2.5;
const DESCRIPTION = 1.5;
/** How much of a match is owed to the name and place holding little else. */
const PRECISION = 0.6;
/** Words of a question that say nothing about what is wanted. */
const FILLERS: ReadonlySet<string> = new Set(
  (
    'a about all am an and are as at by can do for from get give how i in is it list many me my ' +
    'of on or show that the their this to up was what when where which who whose with you'
  ).split(' '),
);

/**
 * Builds an index. A match scores by how rare its words are, where they stand, what share of the
 * query they cover and what share of the name they are.
 */
export function createWordIndex<Entry extends IndexedText>(
  entries: readonly Entry[],
): WordIndex<Entry> {
  const postings = new Map<string, Posting[]>();
  const nameWords = entries.map(({ name, place }) => new Set(wordsOf(`${name} ${place}`)));
  entries.forEach((entry, at) => {
    for (const [word, score] of wordScores(entry)) {
      const list = postings.get(word) ?? [];
      postings.set(word, list);
      const names = nameWords[at]?.has(word) === true;
      list.push({ at, score: score * entry.weight, names });
    }
  });
  return {
    search(query, most) {
      const { matches, whole } = findMatches(postings, query, entries.length);
      return [...matches]
        .map(([at, match]) => {
          const precision = match.named / Math.max(1, nameWords[at]?.size ?? 1);
          const share = match.covered / whole;
          return [at, match.score * share * (1 - PRECISION + PRECISION * precision)] as const;
        })
        .toSorted(([atA, a], [atB, b]) => b - a || atA - atB)
        .slice(0, most)
        .map(([at]) => entries[at] as Entry);
    },
  };
}

function findMatches(
  postings: ReadonlyMap<string, readonly Posting[]>,
  query: string,
  size: number,
): { readonly matches: ReadonlyMap<number, Match>; readonly whole: number } {
  const matches = new Map<number, Match>();
  let whole = 0;
  for (const word of meaningfulWords(query)) {
    const list = postings.get(word) ?? [];
    const rarity = Math.log(1 + size / (list.length + 1));
    whole += rarity;
    for (const { at, score, names } of list) {
      const match = matches.get(at) ?? { score: 0, covered: 0, named: 0 };
      matches.set(at, match);
      match.score += score * rarity;
      match.covered += rarity;
      if (names) match.named += 1;
    }
  }
  return { matches, whole };
}

/** The words that matter; all of them when none seems to. */
function meaningfulWords(query: string): ReadonlySet<string> {
  const words = wordsOf(query);
  const meaningful = words.filter((word) => !FILLERS.has(word));
  return new Set(meaningful.length === 0 ? words : meaningful);
}

function wordScores({ name, place, description }: IndexedText): ReadonlyMap<string, number> {
  const scores = new Map<string, number>();
  const add = (text: string, score: number): void => {
    const words = new Set(wordsOf(text));
    // One word of two says more than one of twenty.
    const share = score / Math.sqrt(words.size);
    for (const word of words) scores.set(word, (scores.get(word) ?? 0) + share);
  };
  add(name, NAME);
  add(place, PLACE);
  add(description, DESCRIPTION);
  return scores;
}

/** Lower-case words of prose and of names in any case style, without their plural. */
export function wordsOf(text: string): readonly string[] {
  return text
    .slice(0, 2_000)
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '')
    .map(singular);
}

function singular(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  const plural = word.length > 3 && word.endsWith('s') && !/(?:ss|us|is)$/.test(word);
  return plural ? word.slice(0, -1) : word;
}
