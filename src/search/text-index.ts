import { createNearWords, type NearWord, type NearWords } from './near-words.ts';
import { questionWords } from './question-words.ts';
import { families, fillers, isUsualVerb } from './word-families.ts';
import { wordForms, wordStem } from './word-forms.ts';

/** One part of something indexed; words in a heavier part count for more. */
export interface IndexedField {
  readonly text: string;
  readonly weight: number;
  /** True for what it is called: to be all of a name counts for more than to be a part of it. */
  readonly isName?: boolean;
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
  /** The best matches first; empty when nothing fits the query well enough. */
  search(query: string, matchesMax: number): readonly TextMatch[];
}

/** BM25F: how fast more of a word stops counting, and how much a field's length counts. */
const SATURATION = 1.2;
const LENGTH_SHARE = 0.5;
/** How much of a score is owed to the name holding little else. */
const PRECISION = 0.5;
/** How much a word of like meaning counts. */
const ALIKE = 0.6;
/**
 * The least that the best match must say: of the query as a whole, and of what an index of this
 * size can say at all, which counts for more because long questions tell of much besides. Chosen
 * on questions that tools can and cannot answer: it lets nearly all of the first through and fewer
 * than one in five of the others.
 */
const FIT_MIN = 0.27;
const FIT_OF_INDEX = 0.7;
/** A match that covers this much of the query fits, however usual its words are here. */
const COVERAGE_ENOUGH = 0.65;
/** A noun in this share of all names is what the index is about: a question with it fits. */
const SUBJECT_SHARE = 0.1;
/** One word in common is chance, unless it is this much of the query. */
const COVERAGE_OF_ONE = 0.4;

interface Posting {
  readonly at: number;
  /** Weighted count of the word, made comparable between long and short fields. */
  readonly count: number;
  /** True when the word stands in the name. */
  readonly inName: boolean;
}

interface Index {
  readonly postings: ReadonlyMap<string, readonly Posting[]>;
  readonly near: NearWords;
  readonly size: number;
  /** Different words of each name. */
  readonly nameSizes: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Builds an index (BM25F). Words that APIs use for one another find each other for less; a word
 * that nothing has is looked for among words that are spelled alike. `weights` multiply scores,
 * entry by entry.
 */
export function createTextIndex(
  entries: readonly (readonly IndexedField[])[],
  weights: readonly number[] = [],
): TextIndex {
  const { postings, nameSizes } = readEntries(entries);
  const near = createNearWords([...postings.keys()]);
  const index: Index = { postings, near, size: entries.length, nameSizes, weights };
  return { search: (query, matchesMax) => find(query, index).slice(0, matchesMax) };
}

function readEntries(entries: readonly (readonly IndexedField[])[]): {
  readonly postings: ReadonlyMap<string, readonly Posting[]>;
  readonly nameSizes: readonly number[];
} {
  const stem = remembered(wordStem);
  const words = entries.map((fields) => fields.map(({ text }) => wordForms(text, stem)));
  const usual = usualLengths(words);
  const postings = new Map<string, Posting[]>();
  const nameSizes = entries.map((fields, at) => {
    const counts = new Map<string, number>();
    const name = new Set<string>();
    fields.forEach(({ weight, isName }, place) => {
      const own = words[at]?.[place] ?? [];
      const size = 1 - LENGTH_SHARE + (LENGTH_SHARE * own.length) / (usual[place] ?? 1);
      for (const word of own) {
        counts.set(word, (counts.get(word) ?? 0) + weight / size);
        if (isName === true && !fillers.has(word)) name.add(word);
      }
    });
    for (const [word, count] of counts) {
      const posting = { at, count, inName: name.has(word) };
      const list = postings.get(word);
      if (list === undefined) postings.set(word, [posting]);
      else list.push(posting);
    }
    return name.size;
  });
  return { postings, nameSizes };
}

/** The same function, asked once for each word. */
function remembered(stem: (word: string) => string): (word: string) => string {
  const known = new Map<string, string>();
  return (word) => {
    const found = known.get(word) ?? stem(word);
    known.set(word, found);
    return found;
  };
}

/** How many words each field has, where it has any. */
function usualLengths(words: readonly (readonly (readonly string[])[])[]): readonly number[] {
  const sums: number[] = [];
  const filled: number[] = [];
  for (const fields of words) {
    for (const [place, { length }] of fields.entries()) {
      sums[place] = (sums[place] ?? 0) + length;
      filled[place] = (filled[place] ?? 0) + (length > 0 ? 1 : 0);
    }
  }
  return sums.map((sum, place) => Math.max(1, sum / Math.max(1, filled[place] ?? 0)));
}

/** What a query has found so far; arrays have a place for each entry. */
interface Tally {
  readonly scores: Float64Array;
  /** Rarity of the words that were found. */
  readonly covered: Float64Array;
  /** Words of the name that were found. */
  readonly named: Float64Array;
  /** How many words were found. */
  readonly words: Uint16Array;
  /** The best of one word's forms: how much it adds, and how well it stands for the word. */
  readonly gain: Float64Array;
  readonly share: Float64Array;
  readonly nameShare: Float64Array;
}

const newTally = (size: number): Tally => ({
  scores: new Float64Array(size),
  covered: new Float64Array(size),
  named: new Float64Array(size),
  words: new Uint16Array(size),
  gain: new Float64Array(size),
  share: new Float64Array(size),
  nameShare: new Float64Array(size),
});

function find(query: string, index: Index): readonly TextMatch[] {
  const { size, nameSizes, weights } = index;
  const tally = newTally(size);
  let whole = 0;
  let ofSubject = false;
  for (const { word, isName } of questionWords(query)) {
    whole += count(word, isName, index, tally);
    ofSubject ||= isSubject(word, index);
  }
  const matches: TextMatch[] = [];
  let best: Best = { score: 0, coverage: 0, words: 0 };
  for (let at = 0; at < size; at += 1) {
    const plain = tally.scores[at] as number;
    if (plain === 0) continue;
    const coverage = Math.min(1, (tally.covered[at] as number) / whole);
    const named = Math.min(1, (tally.named[at] as number) / Math.max(1, nameSizes[at] ?? 0));
    const precision = nameSizes[at] === 0 ? 1 : 1 - PRECISION + PRECISION * named;
    const score = plain * precision * Math.sqrt(coverage);
    if (score > best.score) best = { score, coverage, words: tally.words[at] as number };
    matches.push({ at, score: score * (weights[at] ?? 1), coverage });
  }
  if (!ofSubject && !fits(best, whole, size)) return [];
  return matches.toSorted((one, two) => two.score - one.score || one.at - two.at);
}

/** Whether a word says what the whole index is about. */
function isSubject(word: string, { postings, size }: Index): boolean {
  const list = postings.get(word) ?? [];
  if (list.length < size * SUBJECT_SHARE || isUsualVerb(word)) return false;
  return list.filter(({ inName }) => inName).length >= size * SUBJECT_SHARE;
}

/** The best match, before the weights of entries. */
interface Best {
  readonly score: number;
  readonly coverage: number;
  readonly words: number;
}

/** Whether the best match is good enough to be one. */
function fits({ score, coverage, words }: Best, whole: number, size: number): boolean {
  if (coverage >= COVERAGE_ENOUGH) return true;
  if (words < 2 && coverage < COVERAGE_OF_ONE) return false;
  const ofIndex = score / Math.log(1 + size);
  return ofIndex ** FIT_OF_INDEX * (score / whole) ** (1 - FIT_OF_INDEX) >= FIT_MIN;
}

/** Adds what one word of a query finds, and returns its rarity. */
function count(word: string, isName: boolean, index: Index, tally: Tally): number {
  const forms = formsOf(word, isName, index);
  // The name of somebody's thing is for an argument; that no operation has it says nothing.
  if (isName && forms.length === 0) return 0;
  const { gain, share, nameShare } = tally;
  const touched: number[] = [];
  let holders = 0;
  for (const form of forms) {
    const list = index.postings.get(form.word) ?? [];
    holders = Math.max(holders, list.length);
    for (const { at, count: times, inName } of list) {
      const gained = (form.share * times * (SATURATION + 1)) / (times + SATURATION);
      if (gain[at] === 0) touched.push(at);
      if (gained > (gain[at] as number)) gain[at] = gained;
      if (form.share > (share[at] as number)) share[at] = form.share;
      if (inName && form.share > (nameShare[at] as number)) nameShare[at] = form.share;
    }
  }
  const rarity = Math.log(1 + (index.size - holders + 0.5) / (holders + 0.5));
  for (const at of touched) {
    tally.scores[at] = (tally.scores[at] as number) + (gain[at] as number) * rarity;
    tally.covered[at] = (tally.covered[at] as number) + (share[at] as number) * rarity;
    tally.named[at] = (tally.named[at] as number) + (nameShare[at] as number);
    tally.words[at] = (tally.words[at] as number) + 1;
    gain[at] = 0;
    share[at] = 0;
    nameShare[at] = 0;
  }
  return rarity;
}

/** The words of the index that stand for a query's word, and how well. */
function formsOf(word: string, isName: boolean, { postings, near }: Index): readonly NearWord[] {
  const forms: NearWord[] = postings.has(word) ? [{ word, share: 1 }] : [];
  for (const family of families) {
    if (!family.has(word)) continue;
    for (const like of family) {
      if (like !== word && postings.has(like)) forms.push({ word: like, share: ALIKE });
    }
  }
  return forms.length > 0 || isName ? forms : near(word);
}
