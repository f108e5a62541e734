/** Characters nobody sees: controls, zero width, bidirectional marks, tags. */
const INVISIBLE = new RegExp(
  [
    '[\\u0000-\\u0008\\u000B\\u000C\\u000E-\\u001F\\u007F-\\u009F\\u00AD\\u200B-\\u200F',
    '\\u202A-\\u202E\\u2060-\\u2069\\uFEFF\\u{E0000}-\\u{E007F}]',
  ].join(''),
  'gu',
);

const markup = (names: string): RegExp => new RegExp(`</?(${names})(\\s[^<>]*)?/?>`, 'gi');
/** What begins or ends a line for people. */
const BLOCKS = markup('p|div|br|ul|ol|li|dl|dt|dd|pre|blockquote|hr|h[1-6]|table|tr|tbody|thead');
const INLINE = markup('span|b|i|u|em|strong|code|tt|sub|sup|small|a|td|th');

/** A link or an image in Markdown; its text is kept. */
const LINK = /!?\[([^\][]{1,300})\]\([^()\s]*(?:\s+"[^"]*")?\)/g;

/** A sentence that only points elsewhere. */
const POINTER = new RegExp(
  [
    '(?<=^|[.!?]\\s)(For (more|further) (information|details)|See also|Learn more)\\b',
    '[^.!?\\n]*(\\.\\w[^.!?\\n]*)*[.!?]?["\')]*',
  ].join(''),
  'gm',
);

/** Text for a model: nothing invisible, no markup or links for people, and not too long. */
export function cleanText(text: string, charactersMax: number): string {
  const plain = text
    .slice(0, charactersMax * 8)
    .replace(INVISIBLE, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(BLOCKS, '\n')
    .replace(INLINE, ' ')
    .replace(LINK, '$1')
    .replace(POINTER, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[ \t\u00A0]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return shorten(plain, charactersMax);
}

/** True when the text carries characters that a reader cannot see. */
export function hasInvisible(text: string): boolean {
  return text.search(INVISIBLE) !== -1;
}

/** Cuts at a word, never inside a surrogate pair, and marks the cut. */
export function shorten(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const cut = text.slice(0, charactersMax - 1);
  const space = cut.lastIndexOf(' ');
  const kept = space > charactersMax * 0.7 ? cut.slice(0, space) : cut;
  return `${kept.toWellFormed().replace(/\uFFFD$/, '')}…`;
}
