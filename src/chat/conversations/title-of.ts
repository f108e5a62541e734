import { limits } from '../../kernel/limits.ts';

/** A conversation's title: the first words of its first message, on one line. */
export function titleOf(text: string): string {
  const max = limits.chatTitleCharactersMax;
  const line = text
    .slice(0, 10 * max)
    .replaceAll(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .trim();
  if (line === '') return 'New conversation';
  if (line.length <= max) return line;
  const cut = line.slice(0, max - 1);
  const space = cut.lastIndexOf(' ');
  const words = space > max / 2 ? cut.slice(0, space) : cut;
  // Half of a surrogate pair is no character.
  return `${words.replace(/[\uD800-\uDBFF]$/, '')}…`;
}
