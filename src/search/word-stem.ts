/** A letter that is a vowel where it stands: `y` is one after a consonant. */
function isVowel(word: string, at: number): boolean {
  const letter = word[at] as string;
  if ('aeiou'.includes(letter)) return true;
  return letter === 'y' && at > 0 && !isVowel(word, at - 1);
}

/** How often a vowel is followed by a consonant: about the number of syllables. */
function measure(word: string): number {
  let count = 0;
  let wasVowel = false;
  for (let at = 0; at < word.length; at += 1) {
    const vowel = isVowel(word, at);
    if (wasVowel && !vowel) count += 1;
    wasVowel = vowel;
  }
  return count;
}

const hasVowel = (word: string): boolean => {
  for (let at = 0; at < word.length; at += 1) if (isVowel(word, at)) return true;
  return false;
};

/** Ends like "hop": the doubled consonant or the e that was taken away belongs to such a word. */
const endsShort = (word: string): boolean => /[^aeiou][aeiouy][^aeiouwxy]$/.test(word);

/** An ending, what stands in its place, and the least measure of what is left. */
type Ending = readonly [ending: string, instead: string, measureMin: number];

const list = (text: string, measureMin: number): readonly Ending[] =>
  text
    .trim()
    .split(/\s+/)
    .map((pair): Ending => {
      const [ending = '', instead = ''] = pair.split('>');
      return [ending, instead, measureMin];
    })
    .toSorted(([one], [two]) => two.length - one.length);

/** Endings that make one kind of word of another, the longest first. */
const DERIVED = list(
  `ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble alli>al entli>ent eli>e ousli>ous
   ization>ize ation>ate ator>ate alism>al iveness>ive fulness>ful ousness>ous aliti>al iviti>ive
   biliti>ble logi>log`,
  1,
);
const FURTHER = list('icate>ic ative> alize>al iciti>ic ical>ic ful> ness>', 1);
const LAST = list(
  'ement> ance> ence> able> ible> ment> ant> ent> ism> ate> iti> ous> ive> ize> al> er> ic> ou>',
  2,
);

function replaced(word: string, endings: readonly Ending[]): string {
  for (const [ending, instead, measureMin] of endings) {
    if (!word.endsWith(ending)) continue;
    const rest = word.slice(0, -ending.length);
    return measure(rest) >= measureMin ? rest + instead : word;
  }
  return word;
}

/** The word without a plural's or a verb's ending. */
function withoutInflection(word: string): string {
  let stem = word;
  if (stem.endsWith('sses') || stem.endsWith('ies')) stem = stem.slice(0, -2);
  else if (stem.endsWith('s') && !stem.endsWith('ss')) stem = stem.slice(0, -1);
  if (stem.endsWith('eed')) return measure(stem.slice(0, -3)) > 0 ? stem.slice(0, -1) : stem;
  const rest = /^(.*)(?:ed|ing)$/.exec(stem)?.[1];
  if (rest === undefined || !hasVowel(rest)) return stem;
  if (/(?:at|bl|iz)$/.test(rest)) return `${rest}e`;
  if (/([^aeioulsz])\1$/.test(rest)) return rest.slice(0, -1);
  return measure(rest) === 1 && endsShort(rest) ? `${rest}e` : rest;
}

/**
 * An English word without its endings (M. F. Porter, "An algorithm for suffix stripping", 1980);
 * words of other scripts, short ones and those with digits are left as they are.
 */
export function wordStem(word: string): string {
  if (word.length <= 2 || !/^[a-z]+$/.test(word)) return word;
  let stem = withoutInflection(word);
  if (stem.endsWith('y') && hasVowel(stem.slice(0, -1))) stem = `${stem.slice(0, -1)}i`;
  stem = replaced(replaced(stem, DERIVED), FURTHER);
  const beforeIon = /[st](?=ion$)/.test(stem) ? stem.slice(0, -3) : undefined;
  stem = beforeIon !== undefined && measure(beforeIon) > 1 ? beforeIon : replaced(stem, LAST);
  if (stem.endsWith('e') && stem.length > 3) {
    const rest = stem.slice(0, -1);
    const size = measure(rest);
    if (size > 1 || (size === 1 && !endsShort(rest))) stem = rest;
  }
  return stem.endsWith('ll') && measure(stem) > 1 ? stem.slice(0, -1) : stem;
}
