/** What a value in a question looks like, and what parameters that take it are called. */
const KINDS: readonly (readonly [value: RegExp, words: string])[] = [
  [/https?:|www\.|\.(?:com|org|net|io)\b/i, 'url link'],
  [/\S@\S+\.\w/, 'email'],
  [/(?:^|\s)~?\/[\w./-]+|\.(?:pdf|docx?|txt|xlsx?|csv|pptx?|md|png|jpe?g|json)\b/i, 'file path'],
  [
    new RegExp(
      '\\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\\.? \\d|\\d{4}-\\d\\d|' +
        '\\b(?:today|tomorrow|yesterday|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\\b',
      'i',
    ),
    'date',
  ],
  [/\b(?:1[89]|20)\d\d\b/, 'year'],
  [/[$€£¥]\s?\d|\b(?:dollars?|euros?|yen|usd|eur|gbp)\b/i, 'amount price'],
  [/\d\s?%|\bpercent/i, 'rate percentage'],
  [/\b(?:in|near|at|from|to|around) \p{Lu}\p{Ll}/u, 'location city'],
];

/** Words for the parameters that would take the values of a question. */
export function argumentKinds(question: string): readonly string[] {
  return KINDS.flatMap(([value, words]) => (value.test(question) ? words.split(' ') : []));
}
