/** What a reader does not see and a model does: controls, zero width, direction marks, tags. */
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** A foreign text fit for a model: nothing invisible, single spaces, cut at a word. */
export function plainText(text: string, charactersMax: number): string {
  const plain = text
    .slice(0, charactersMax * 8)
    .replace(/\r\n?/g, '\n')
    .replace(INVISIBLE, '')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  if (plain.length <= charactersMax) return plain;
  const cut = plain.slice(0, charactersMax - 1);
  const space = cut.lastIndexOf(' ');
  const kept = space > charactersMax / 2 ? cut.slice(0, space) : cut;
  // Half a character at the cut is no character.
  return `${kept.replace(/[\uD800-\uDBFF]$/, '').toWellFormed()}…`;
}
