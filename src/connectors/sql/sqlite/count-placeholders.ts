/** Strings, quoted names and comments: what looks like a placeholder there is none. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/;
const COMMENT = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/;
const PLACEHOLDER = /\?\d*|[:@$][A-Za-z_]\w*/;
const PARTS = new RegExp([QUOTED, COMMENT, PLACEHOLDER].map(({ source }) => source).join('|'), 'g');

/**
 * Counts the values that a statement for SQLite wants: `?` is the next one, `?3` the third.
 * Undefined when it names them, which is not offered. SQLite itself binds NULL to what is missing.
 */
export function countPlaceholders(sql: string): number | undefined {
  let highest = 0;
  for (const [part] of sql.matchAll(PARTS)) {
    if (/^[:@$]/.test(part)) return undefined;
    if (part === '?') highest += 1;
    else if (part.startsWith('?')) highest = Math.max(highest, Number(part.slice(1)));
  }
  return highest;
}
