import { argumentKinds } from './argument-kinds.ts';
import { readEntries, type Entries, type IndexedField, type Postings } from './index-entries.ts';
import type { NearWord } from './near-words.ts';
import { questionWords, type QuestionWord } from './question-words.ts';
import { families, isUsualVerb } from './word-families.ts';
import { topicsOf } from './word-topics.ts';

export type { IndexedField } from './index-entries.ts';

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
  /** Whatever has anything of the query, the best first: for who sees several and chooses. */
  rank(query: string, matchesMax: number): readonly TextMatch[];
}

/** BM25F: how fast more of a word stops counting. */
const SATURATION = 2.4;
/** How much of a short question's score is owed to the name holding little else. */
const PRECISION = 0.5;
/** How much of the question is to be covered counts by this power, when the question is short. */
const COVERAGE = 0.42;
/** A question of more words tells of much besides: what it has too many counts less. */
const SHORT_QUESTION = 5;
/** How much a word of like meaning counts, one of the same root, and one that is spelled alike. */
const ALIKE = 0.5;
const SAME_ROOT = 0.85;
const SPELLED_ALIKE = 0.78;
/** How much a word counts whose initial is asked for. */
const INITIALS = 0.6;
/** How much it counts that two words stand side by side, and that the subject is the same. */
const SIDE_BY_SIDE = 0.41;
const SAME_TOPIC = 0.34;
/** How much it counts that there is a parameter for a value in the question. */
const ARGUMENT_KIND = 0.2;
/** How much of its score is added to what has such a parameter. */
const KIND_SHARE = 0.06;
/** How much a name counts in a question: a value for an argument, or the name of a service. */
const NAME_SHARE = 0.9;
/**
 * The least that the best match must say: of the query as a whole, and of what an index of this
 * size can say at all, which counts for more because long questions tell of much besides. Chosen
 * on questions that tools can and cannot answer: it lets nearly all of the first through and fewer
 * than one in five of the others.
 */
const FIT_MIN = 0.31;
const FIT_OF_INDEX = 0.7;
/** A match that covers this much of the query fits, however usual its words are here. */
const COVERAGE_ENOUGH = 0.65;
/** A noun in this share of all names is what the index is about: a question with it fits. */
const SUBJECT_SHARE = 0.1;
/** One word in common is chance, unless it is this much of the query. */
const COVERAGE_OF_ONE = 0.4;

/**
 * Builds an index (BM25F). Words that APIs use for one another find each other for less; a word
 * that nothing has is looked for among words that are spelled alike. `weights` multiply scores,
 * entry by entry.
 */
export function createTextIndex(
  entries: readonly (readonly IndexedField[])[],
  weights: readonly number[] = [],
): TextIndex {
  const reading = readEntries(entries);
  for (;;) {
    const step = reading.next();
    if (step.done === true) return textIndexOf(step.value, weights);
  }
}

/** The index over entries that were read. */
export function textIndexOf(entries: Entries, weights: readonly number[]): TextIndex {
  const tally = newTally(entries.size);
  return {
    search(query, matchesMax) {
      const { best, whole, ofSubject } = find(query, entries, tally, weights);
      const isFitting = ofSubject || fits(best, whole, entries.size);
      return isFitting ? firstOf(tally, matchesMax) : [];
    },
    rank(query, matchesMax) {
      find(query, entries, tally, weights);
      return firstOf(tally, matchesMax);
    },
  };
}

/** The best matches; what cannot be among them is not even made an object of. */
function firstOf({ scores, covered }: Tally, most: number): readonly TextMatch[] {
  const matches: TextMatch[] = [];
  const least = most < scores.length ? scores.toSorted()[scores.length - most] : 0;
  for (let at = 0; at < scores.length; at += 1) {
    const score = scores[at] as number;
    if (score === 0 || score < (least as number)) continue;
    matches.push({ at, score, coverage: covered[at] as number });
  }
  return matches.toSorted((one, two) => two.score - one.score || one.at - two.at).slice(0, most);
}

/** What a query has found so far; arrays have a place for each entry. */
interface Tally {
  readonly scores: Float64Array;
  /** Rarity of the words that were found; in the end, the share of the query that it is. */
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

/** The best match, before the weights of entries. */
interface Best {
  readonly score: number;
  readonly coverage: number;
  readonly words: number;
}

interface Found {
  readonly best: Best;
  /** Rarity of all words of the query. */
  readonly whole: number;
  /** Whether a word of the query says what the whole index is about. */
  readonly ofSubject: boolean;
}

function find(query: string, entries: Entries, tally: Tally, weights: readonly number[]): Found {
  for (const list of [tally.scores, tally.covered, tally.named, tally.words]) list.fill(0);
  const words = questionWords(query);
  let whole = 0;
  let ofSubject = false;
  for (const word of words) {
    whole += count(word, entries, tally);
    ofSubject ||= isSubject(word.word, entries);
  }
  countPairs(words, entries, tally);
  countTopics(words, entries, tally);
  countKinds(query, entries, tally);
  const shortness = Math.min(1, SHORT_QUESTION / Math.max(1, words.length));
  const precise = PRECISION * shortness;
  let best: Best = { score: 0, coverage: 0, words: 0 };
  for (let at = 0; at < entries.size; at += 1) {
    const plain = tally.scores[at] as number;
    if (plain === 0) continue;
    const coverage = whole === 0 ? 0 : Math.min(1, (tally.covered[at] as number) / whole);
    const size = entries.nameSizes[at] ?? 0;
    const named = Math.min(1, (tally.named[at] as number) / Math.max(1, size));
    const precision = size === 0 ? 1 : 1 - precise + precise * named;
    const score = plain * precision * Math.max(0.02, coverage) ** (COVERAGE * shortness);
    if (score > best.score) best = { score, coverage, words: tally.words[at] as number };
    tally.scores[at] = score * (weights[at] ?? 1);
    tally.covered[at] = coverage;
  }
  return { best, whole, ofSubject };
}

const rarityOf = (holders: number, size: number): number =>
  Math.log(1 + (size - holders + 0.5) / (holders + 0.5));

const saturated = (times: number): number => (times * (SATURATION + 1)) / (times + SATURATION);

/** Adds what one word of a query finds, and returns its rarity. */
function count(word: QuestionWord, entries: Entries, tally: Tally): number {
  const { isName } = word;
  const forms = formsOf(word, entries);
  // The name of somebody's thing is for an argument; that no operation has it says nothing.
  if (isName && forms.length === 0) return 0;
  const { gain, share, nameShare } = tally;
  const touched: number[] = [];
  let holders = 0;
  let kin = 0;
  for (const form of forms) {
    const list = entries.words.get(form.word);
    if (list === undefined) continue;
    if (form.share < SAME_ROOT) holders = Math.max(holders, form.share * list.places.length);
    else kin += list.places.length;
    for (const [place, at] of list.places.entries()) {
      const gained = form.share * saturated(list.counts[place] as number);
      if (gain[at] === 0) touched.push(at);
      if (gained > (gain[at] as number)) gain[at] = gained;
      if (form.share > (share[at] as number)) share[at] = form.share;
      if (list.inName[place] === true && form.share > (nameShare[at] as number)) {
        nameShare[at] = form.share;
      }
    }
  }
  const rarity =
    rarityOf(Math.min(entries.size, Math.max(holders, kin)), entries.size) *
    (isName ? NAME_SHARE : 1);
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
function formsOf(
  { word, form, root, isName, isInitials }: QuestionWord,
  { words, stems, roots, initials, near }: Entries,
): readonly NearWord[] {
  const forms: NearWord[] = words.has(word) ? [{ word, share: 1 }] : [];
  for (const kin of roots.get(root) ?? []) {
    if (kin !== word && words.has(kin)) forms.push({ word: kin, share: SAME_ROOT });
  }
  for (const family of families) {
    if (!family.has(word)) continue;
    for (const like of family) {
      if (like !== word && words.has(like)) forms.push({ word: like, share: ALIKE });
    }
  }
  const pair = isInitials ? initials.get(form) : undefined;
  for (const meant of pair?.split(' ') ?? []) forms.push({ word: meant, share: INITIALS });
  if (forms.length > 0 || isName) return forms;
  return near(form).map((one) => {
    return { word: stems.get(one.word) ?? one.word, share: one.share * SPELLED_ALIKE };
  });
}

function countPairs(words: readonly QuestionWord[], { pairs, size }: Entries, tally: Tally): void {
  for (const { word, next } of words) {
    const places = next === undefined ? undefined : pairs.get(`${word} ${next}`);
    if (places === undefined) continue;
    const rarity = rarityOf(places.length, size) * SIDE_BY_SIDE;
    for (const at of places) tally.scores[at] = (tally.scores[at] as number) + rarity;
  }
}

function countTopics(words: readonly QuestionWord[], entries: Entries, tally: Tally): void {
  const asked = new Map<number, number>();
  for (const { word } of words) {
    const topics = topicsOf.get(word) ?? [];
    for (const topic of topics) {
      asked.set(topic, Math.max(asked.get(topic) ?? 0, 1 / topics.length));
    }
  }
  for (const [topic, share] of asked) {
    const { places, counts } = entries.topics[topic] as Postings;
    const rarity = rarityOf(places.length, entries.size) * SAME_TOPIC * Math.sqrt(share);
    for (const [place, at] of places.entries()) {
      const gained = saturated(counts[place] as number) * rarity;
      tally.scores[at] = (tally.scores[at] as number) + gained;
    }
  }
}

/** It is a hint about what was found, and finds nothing itself. */
function countKinds(query: string, { takers, size }: Entries, tally: Tally): void {
  for (const kind of argumentKinds(query)) {
    const places = takers[kind] ?? [];
    const rarity = rarityOf(places.length, size) * ARGUMENT_KIND;
    for (const at of places) {
      if ((tally.words[at] as number) === 0) continue;
      tally.scores[at] = (tally.scores[at] as number) * (1 + KIND_SHARE) + rarity;
    }
  }
}

/** Whether a word says what the whole index is about. */
function isSubject(word: string, { words, size }: Entries): boolean {
  const list = words.get(word);
  if (list === undefined || list.places.length < size * SUBJECT_SHARE || isUsualVerb(word)) {
    return false;
  }
  return list.inName.filter((isIn) => isIn).length >= size * SUBJECT_SHARE;
}

/** Whether the best match is good enough to be one. */
function fits({ score, coverage, words }: Best, whole: number, size: number): boolean {
  if (coverage >= COVERAGE_ENOUGH) return true;
  if (words < 2 && coverage < COVERAGE_OF_ONE) return false;
  const ofIndex = score / Math.log(1 + size);
  return ofIndex ** FIT_OF_INDEX * (score / whole) ** (1 - FIT_OF_INDEX) >= FIT_MIN;
}
