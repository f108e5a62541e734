import { wordForms } from './word-forms.ts';

/** What a value in a question looks like, and what parameters that take it are called. */
const KINDS: readonly (readonly [value: RegExp, words: string])[] = [
  [/https?:|www\.|\.(?:com|org|net|io)\b/i, 'url uri link website'],
  [/\S@\S+\.\w/, 'email recipient'],
  [
    /(?:^|\s)~?\/[\w./-]+|\.(?:pdf|docx?|txt|xlsx?|csv|pptx?|md|png|jpe?g|json)\b/i,
    'file path filename filepath folder directory',
  ],
  [
    new RegExp(
      '\\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\\.? \\d|' +
        '\\d{4}[-.]\\d\\d|' +
        '\\d(?:st|nd|rd|th)? (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|' +
        '\\b(?:today|tomorrow|yesterday|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\\b',
      'i',
    ),
    'date day datetime',
  ],
  [/\b(?:1[89]|20)\d\d\b(?![-.]\d)/, 'year'],
  [/\b\d\d?:\d\d\b|\b\d\d? ?[ap]m\b/i, 'time datetime hour'],
  [/[$€£¥]\s?\d|\d\s?[$€£¥]|\b(?:dollars?|euros?|yen|usd|eur|gbp)\b/i, 'amount price currency'],
  [/\d\s?%|\bpercent/i, 'rate percentage percent'],
  [/\b(?:in|near|at|from|to|around) \p{Lu}\p{Ll}/u, 'location city place'],
];

/** How many kinds of values are told apart. */
export const argumentKindCount = KINDS.length;

/** The kinds of parameters that would take the values of a question. */
export function argumentKinds(question: string): readonly number[] {
  return KINDS.flatMap(([value], kind) => (value.test(question) ? [kind] : []));
}

/** The kinds of values that parameters of these words take, by the words' stems. */
export const kindsOfWords: ReadonlyMap<string, readonly number[]> = readKinds();

function readKinds(): ReadonlyMap<string, readonly number[]> {
  const kinds = new Map<string, number[]>();
  for (const [kind, [, words]] of KINDS.entries()) {
    for (const word of wordForms(words)) {
      const own = kinds.get(word);
      if (own === undefined) kinds.set(word, [kind]);
      else own.push(kind);
    }
  }
  return kinds;
}
