import { wordForms, wordStem } from './word-forms.ts';

/** One part of something indexed; words in a heavier part count for more. */
export interface IndexedField {
  readonly text: string;
  readonly weight: number;
}

/** Something that a query found. */
export interface TextMatch {
  /** Its place in the list that the index was made from. */
  readonly at: number;
  readonly score: number;
  /** Share of the query that it covers, rare words counting most: 0 to 1. */
  readonly coverage: number;
}

/** Finds texts by words. */
export interface TextIndex {
  /** The best matches first; empty when nothing covers enough of the query. */
  search(query: string, matchesMax: number): readonly TextMatch[];
}

interface Posting {
  readonly at: number;
  /** Weighted count of the word, made comparable between long and short texts. */
  readonly count: number;
}

/** BM25's saturation, and how much a text's length counts. */
const SATURATION = 1.2;
const LENGTH_SHARE = 0.4;
/** A match that covers less of a short query is none; long ones tell of much besides. */
const COVERAGE_MIN = 0.3;
const SHORT_QUERY_WORDS = 4;
/** How much a word counts that is only part of a query's word, or a word of like meaning. */
const PART = 0.5;
const ALIKE = 0.7;
const PART_CHARACTERS_MIN = 4;

const stems = (words: string): ReadonlySet<string> => new Set(words.split(' ').map(wordStem));

/** Words of a question that say nothing about what is wanted. */
const FILLERS = stems(
  'a about all am an and any are as at be by can could do does for from given have help hey how ' +
    'i if in into is it its let like me my need of on or our out please should some tell than ' +
    'that the their them there these this those to up us want was we what when where which who ' +
    'will with would you your',
);

/** Words that APIs use for one another. */
const FAMILIES: readonly ReadonlySet<string>[] = [
  'list get fetch retrieve show read find search lookup query view',
  'create add new make post insert register open',
  'update edit change modify patch set rename',
  'delete remove destroy drop erase',
  'cancel stop abort end terminate',
  'user person member people account',
  'picture image photo',
  'movie film',
  'song track',
  'repository repo',
  'organization org',
  'message sms text',
  'file document',
].map(stems);

/**
 * Builds an index (BM25 over weighted fields). A query's word that nothing has is looked for as
 * the beginning of words; words that APIs use for one another find each other for less.
 */
export function createTextIndex(entries: readonly (readonly IndexedField[])[]): TextIndex {
  const counts = entries.map(countWords);
  const lengths = counts.map((words) => [...words.values()].reduce((sum, it) => sum + it, 0));
  const usual = lengths.reduce((sum, it) => sum + it, 0) / Math.max(1, entries.length) || 1;
  const postings = new Map<string, Posting[]>();
  counts.forEach((words, at) => {
    const size = 1 - LENGTH_SHARE + (LENGTH_SHARE * (lengths[at] ?? 0)) / usual;
    for (const [word, count] of words) {
      const list = postings.get(word);
      const posting = { at, count: count / size };
      if (list === undefined) postings.set(word, [posting]);
      else list.push(posting);
    }
  });
  const vocabulary = [...postings.keys()].toSorted();
  return {
    search: (query, matchesMax) =>
      find(query, { postings, vocabulary, size: entries.length }).slice(0, matchesMax),
  };
}

function countWords(fields: readonly IndexedField[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { text, weight } of fields) {
    for (const word of wordForms(text)) counts.set(word, (counts.get(word) ?? 0) + weight);
  }
  return counts;
}

interface Index {
  readonly postings: ReadonlyMap<string, readonly Posting[]>;
  readonly vocabulary: readonly string[];
  readonly size: number;
}

function find(query: string, index: Index): readonly TextMatch[] {
  const found = new Map<number, { score: number; covered: number }>();
  const words = queryWords(query);
  const least = words.size <= SHORT_QUERY_WORDS ? COVERAGE_MIN : 0;
  let whole = 0;
  for (const word of words) {
    const best = new Map<number, number>();
    let holders = 0;
    for (const { word: form, share } of formsOf(word, index)) {
      const list = index.postings.get(form) ?? [];
      holders = Math.max(holders, list.length);
      for (const { at, count } of list) {
        const gain = (share * (count * (SATURATION + 1))) / (count + SATURATION);
        best.set(at, Math.max(best.get(at) ?? 0, gain));
      }
    }
    const rarity = Math.log(1 + (index.size - holders + 0.5) / (holders + 0.5));
    whole += rarity;
    for (const [at, gain] of best) {
      const match = found.get(at) ?? { score: 0, covered: 0 };
      found.set(at, match);
      match.score += gain * rarity;
      match.covered += rarity;
    }
  }
  return [...found]
    .map(([at, { score, covered }]) => ({ at, score, coverage: covered / whole }))
    .filter(({ coverage }) => coverage >= least)
    .toSorted((one, two) => two.score - one.score || one.at - two.at);
}

function queryWords(query: string): ReadonlySet<string> {
  const words = wordForms(query);
  const telling = words.filter((word) => !FILLERS.has(word));
  return new Set(telling.length === 0 ? words : telling);
}

interface Form {
  readonly word: string;
  readonly share: number;
}

/** The words of the index that stand for a query's word. */
function formsOf(word: string, { postings, vocabulary }: Index): readonly Form[] {
  const forms: Form[] = postings.has(word) ? [{ word, share: 1 }] : [];
  for (const family of FAMILIES) {
    if (!family.has(word)) continue;
    for (const like of family) if (like !== word) forms.push({ word: like, share: ALIKE });
  }
  if (forms.length > 0 || word.length < PART_CHARACTERS_MIN) return forms;
  return vocabulary
    .filter((known) => known.startsWith(word) || beginsWith(word, known))
    .map((known) => ({ word: known, share: PART }));
}

const beginsWith = (word: string, known: string): boolean =>
  known.length >= PART_CHARACTERS_MIN && word.startsWith(known);
