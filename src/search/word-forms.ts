import { wordStem } from './word-stem.ts';

/** Texts longer than this are indexed and asked for by their beginning. */
const CHARACTERS_MAX = 4_000;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]+/u;
const UNSPACED_RUNS = new RegExp(`(${UNSPACED.source})`, 'u');

/**
 * The words of a text as an index keeps them: lower case, without accents and endings, camelCase
 * and snake_case taken apart. Scripts without spaces give pairs of neighbouring characters.
 */
export function wordForms(
  text: string,
  stem: (word: string) => string = wordStem,
): readonly string[] {
  const start = text.slice(0, CHARACTERS_MAX);
  // Most texts are plain ASCII, which needs neither decomposing nor telling scripts apart.
  if (ASCII.test(start)) return (apart(start).match(/[a-z\d]+/g) ?? []).map(stem);
  const plain = apart(
    start
      .normalize('NFKD')
      .replace(/(?<=\p{Script=Latin})\p{M}+/gu, '')
      .normalize('NFC'),
  );
  const words: string[] = [];
  for (const word of plain.split(/[^\p{L}\p{M}\d]+/u)) {
    for (const run of word.split(UNSPACED_RUNS)) {
      if (run === '') continue;
      if (UNSPACED.test(run)) words.push(...pairs(run));
      else words.push(stem(run));
    }
  }
  return words;
}

const ASCII = /^[\0-\x7f]*$/;

/** The text in lower case, camelCase taken apart. */
const apart = (text: string): string =>
  text
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase();

function pairs(run: string): readonly string[] {
  const characters = Array.from(run);
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, at) => `${characters[at] ?? ''}${character}`);
}
