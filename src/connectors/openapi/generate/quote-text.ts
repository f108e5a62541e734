import { plainText } from '../../../upstream/plain-text.ts';

const ESCAPED = /[^\u0020-\u007E]|<(?=[/!])/g;

/**
 * A foreign text as a string literal of TypeScript: one line of printable ASCII that cannot end
 * early, whatever the text holds.
 */
export function quoteText(text: string): string {
  return JSON.stringify(text).replace(ESCAPED, escapeUnit);
}

/**
 * A foreign text as the inside of a comment: one line, nothing invisible, no end of the comment
 * and no word that a compiler or an editor obeys.
 */
export function commentText(text: string, charactersMax: number): string {
  return plainText(text, charactersMax)
    .replace(/\s+/g, ' ')
    .replaceAll('*/', '* /')
    .replaceAll('@', '(at)')
    .replaceAll('#', '(number)')
    .trim();
}

const escapeUnit = (unit: string): string =>
  `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`;
