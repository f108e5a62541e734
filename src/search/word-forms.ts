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

/** An English word without the endings that say nothing of what it means. */
export function wordStem(word: string): string {
  if (word.length <= 3 || !/^[a-z]+$/.test(word)) return word;
  const single = withoutPlural(word);
  const ended = /^(.{3,}?)(?:ings?|ions?|ors?|ers?|ed)$/.exec(single)?.[1];
  const base = ended !== undefined && /[aeiouy]/.test(ended) ? ended : single;
  const undoubled = base.length > 4 ? base.replace(/([bdgmnprt])\1$/, '$1') : base;
  return undoubled.length > 3 ? undoubled.replace(/(?:e|y|i)$/, '') : undoubled;
}

function withoutPlural(word: string): string {
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') && !/(?:ss|us|is)$/.test(word) ? word.slice(0, -1) : word;
}
