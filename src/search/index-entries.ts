import { argumentKindCount, kindsOfWords } from './argument-kinds.ts';
import { createNearWords, type NearWords } from './near-words.ts';

import { fillers, isReading } from './word-families.ts';
import { wordForms } from './word-forms.ts';
import { wordRoot } from './word-root.ts';
import { wordStem } from './word-stem.ts';
import { topicCount, topicsOf } from './word-topics.ts';

/** One part of something indexed; words in a heavier part count for more. */
export interface IndexedField {
  readonly text: string;
  readonly weight: number;
  /** True for what it is called: to be all of a name counts for more than to be a part of it. */
  readonly isName?: boolean;
  /** True for what says little of the whole, such as what its parameters mean. */
  readonly isAside?: boolean;
  /** True for the names of what it takes. */
  readonly isTaken?: boolean;
}

/** Where a word or subject stands: places of entries, and how much of it there is at each. */
export interface Postings {
  readonly places: number[];
  /** Weighted counts, made comparable between long and short fields. */
  readonly counts: number[];
  /** True where the word stands in the name; empty for subjects. */
  readonly inName: boolean[];
}

/** What is known of all entries. */
export interface Entries {
  readonly size: number;
  readonly words: ReadonlyMap<string, Postings>;
  /** Stems of indexed words by their root. */
  readonly roots: ReadonlyMap<string, ReadonlySet<string>>;
  /** The stem of every indexed word. */
  readonly stems: ReadonlyMap<string, string>;
  /** By the numbers of subjects. */
  readonly topics: readonly Postings[];
  /** Places of entries that take a value, by its kind. */
  readonly takers: readonly (readonly number[])[];
  /** Places of entries that have two words side by side, both of them known words. */
  readonly pairs: ReadonlyMap<string, readonly number[]>;
  /** The most usual pair that initials stand for. */
  readonly initials: ReadonlyMap<string, string>;
  /** Different words of each name. */
  readonly nameSizes: readonly number[];
  /** Finds indexed words, not stems, that are spelled alike. */
  readonly near: NearWords;
}

/** How much a field's length counts (BM25F's b). */
const LENGTH_SHARE = 0.4;
/** More of one word in one field says nothing more. */
const TIMES_MAX = 4;
/** A pair of words that stands in so many entries is known by its initials. */
const INITIALS_MIN = 5;
/** How much of a name a verb of reading is: a question may do without it. */
const READING_SHARE = 0.8;
/** Entries that are read between two moments at which others may have their turn. */
const ENTRIES_AT_ONCE = 16;

const newPostings = (): Postings => ({ places: [], counts: [], inName: [] });

/**
 * Reads entries into what a search needs. It stops from time to time, so that whoever runs it may
 * let others have their turn.
 */
export function* readEntries(
  entries: readonly (readonly IndexedField[])[],
): Generator<void, Entries, void> {
  const forms = new Forms();
  const fields: (readonly (readonly string[])[])[] = [];
  for (const [at, own] of entries.entries()) {
    fields.push(own.map(({ text }) => forms.of(text)));
    if (at % ENTRIES_AT_ONCE === 0) yield;
  }
  const usual = usualLengths(fields);
  const words = new Map<string, Postings>();
  const pairs = new Map<string, number[]>();
  const topics = Array.from({ length: topicCount }, newPostings);
  const takers = Array.from({ length: argumentKindCount }, (): number[] => []);
  const nameSizes: number[] = [];
  for (const [at, own] of entries.entries()) {
    const counted = countWords(own, fields[at] ?? [], usual, pairs, at);
    for (const [word, count] of counted.words) {
      add(words, word, at, count, counted.name.has(word));
    }
    for (const [topic, count] of counted.topics) {
      topics[topic]?.places.push(at);
      topics[topic]?.counts.push(count);
    }
    for (const kind of counted.takes) takers[kind]?.push(at);
    let size = 0;
    for (const word of counted.name) size += isReading(word) ? READING_SHARE : 1;
    nameSizes.push(size);
    if (at % ENTRIES_AT_ONCE === 0) yield;
  }
  const near = yield* createNearWords([...forms.stems.keys()]);
  const { roots, stems } = forms;
  const initials = initialsOf(pairs);
  return {
    size: entries.length,
    words,
    roots,
    stems,
    topics,
    takers,
    pairs,
    initials,
    nameSizes,
    near,
  };
}

function add(
  words: Map<string, Postings>,
  word: string,
  at: number,
  count: number,
  isInName: boolean,
): void {
  let list = words.get(word);
  if (list === undefined) {
    list = newPostings();
    words.set(word, list);
  }
  list.places.push(at);
  list.counts.push(count);
  list.inName.push(isInName);
}

/** What one entry says. */
interface Counted {
  readonly words: ReadonlyMap<string, number>;
  readonly topics: ReadonlyMap<number, number>;
  readonly name: ReadonlySet<string>;
  readonly takes: ReadonlySet<number>;
}

function countWords(
  fields: readonly IndexedField[],
  texts: readonly (readonly string[])[],
  usual: readonly number[],
  pairs: Map<string, number[]>,
  at: number,
): Counted {
  const words = new Map<string, number>();
  const topics = new Map<number, number>();
  const name = new Set<string>();
  const takes = new Set<number>();
  for (const [place, { weight, isName, isAside, isTaken }] of fields.entries()) {
    const all = texts[place] ?? [];
    const own = isName === true ? all.filter((word) => !NUMBER.test(word)) : all;
    const size = 1 - LENGTH_SHARE + (LENGTH_SHARE * own.length) / (usual[place] ?? 1);
    for (const [word, times] of timesOf(own)) {
      words.set(word, (words.get(word) ?? 0) + (weight * Math.min(TIMES_MAX, times)) / size);
      if (isName === true && saysWhat(word)) name.add(word);
      if (isTaken === true) for (const kind of kindsOfWords.get(word) ?? []) takes.add(kind);
      if (isAside === true) continue;
      const about = topicsOf.get(word) ?? [];
      for (const topic of about) {
        topics.set(topic, (topics.get(topic) ?? 0) + weight / about.length / size);
      }
    }
    if (isAside !== true) addPairs(own, pairs, at);
  }
  return { words, topics, name, takes };
}

/** A question seldom has the verb of reading or the number that a name has. */
const saysWhat = (word: string): boolean => !fillers.has(word);

const NUMBER = /^\d+$/;

function timesOf(words: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const word of words) times.set(word, (times.get(word) ?? 0) + 1);
  return times;
}

function addPairs(words: readonly string[], pairs: Map<string, number[]>, at: number): void {
  for (let place = 1; place < words.length; place += 1) {
    const [one = '', two = ''] = [words[place - 1], words[place]];
    if (fillers.has(one) || fillers.has(two)) continue;
    const pair = `${one} ${two}`;
    const places = pairs.get(pair);
    if (places === undefined) pairs.set(pair, [at]);
    else if (places.at(-1) !== at) places.push(at);
  }
}

/** Pairs of words that stand in many entries, by their initials. */
function initialsOf(pairs: ReadonlyMap<string, readonly number[]>): ReadonlyMap<string, string> {
  const initials = new Map<string, string>();
  for (const [pair, { length }] of pairs) {
    if (length < INITIALS_MIN) continue;
    const [one = '', two = ''] = pair.split(' ');
    const short = `${one[0] ?? ''}${two[0] ?? ''}`;
    const known = pairs.get(initials.get(short) ?? '')?.length ?? 0;
    if (length > known) initials.set(short, pair);
  }
  return initials;
}

/** The stems of texts; each word is looked at once. */
class Forms {
  readonly roots = new Map<string, Set<string>>();
  readonly stems = new Map<string, string>();

  of(text: string): readonly string[] {
    return wordForms(text, (word) => this.#stemOf(word));
  }

  #stemOf(word: string): string {
    const known = this.stems.get(word);
    if (known !== undefined) return known;
    const stem = wordStem(word);
    const root = wordRoot(word);
    const family = this.roots.get(root);
    if (family === undefined) this.roots.set(root, new Set([stem]));
    else family.add(stem);
    this.stems.set(word, stem);
    return stem;
  }
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
