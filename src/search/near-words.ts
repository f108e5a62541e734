/** A word that stands for another, and how well: 0 to 1. */
export interface NearWord {
  readonly word: string;
  readonly share: number;
}

/** Finds the known words that are spelled like a word. */
export type NearWords = (word: string) => readonly NearWord[];

/** Shorter words are like too many others. */
const CHARACTERS_MIN = 4;
const GRAM_CHARACTERS = 3;
/** Words that are taken in between two moments at which others may have their turn. */
const WORDS_AT_ONCE = 260;
/** Two words are alike from this share of common pieces on (Dice's coefficient). */
const LIKENESS_MIN = 0.5;
/** How much a word counts that is spelled alike, and one that begins alike. */
const LIKE = 1.1;
const BEGINNING = 1.1;

/**
 * Builds the search over a vocabulary, by the groups of three characters that words share. It stops
 * from time to time, as `readEntries` does.
 */
export function* createNearWords(vocabulary: readonly string[]): Generator<void, NearWords, void> {
  const holders = new Map<string, string[]>();
  const sizes = new Map<string, number>();
  for (const [at, word] of vocabulary.entries()) {
    if (at % WORDS_AT_ONCE === 0) yield;
    if (word.length < CHARACTERS_MIN) continue;
    const grams = gramsOf(word);
    sizes.set(word, grams.size);
    for (const gram of grams) {
      const list = holders.get(gram);
      if (list === undefined) holders.set(gram, [word]);
      else list.push(word);
    }
  }
  return (word) => {
    if (word.length < CHARACTERS_MIN) return [];
    const own = gramsOf(word);
    const common = new Map<string, number>();
    for (const gram of own) {
      for (const known of holders.get(gram) ?? []) common.set(known, (common.get(known) ?? 0) + 1);
    }
    return [...common].flatMap(([known, count]) => {
      const likeness = (2 * count) / (own.size + (sizes.get(known) ?? 1));
      const begins = known.startsWith(word) || word.startsWith(known);
      if (begins) return [{ word: known, share: BEGINNING * Math.max(LIKENESS_MIN, likeness) }];
      return likeness < LIKENESS_MIN ? [] : [{ word: known, share: LIKE * likeness }];
    });
  };
}

/** The first characters count once more: that words begin alike says most. */
function gramsOf(word: string): ReadonlySet<string> {
  const padded = ` ${word}`;
  const grams = new Set<string>();
  for (let at = 0; at + GRAM_CHARACTERS <= padded.length; at += 1) {
    grams.add(padded.slice(at, at + GRAM_CHARACTERS));
  }
  return grams;
}
