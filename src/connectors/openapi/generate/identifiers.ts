/** Words that a module cannot declare, or had better not. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'arguments as async await break case catch class const continue debugger default delete do ' +
    'else enum eval export exports extends false finally for from function get globalThis if ' +
    'implements import in instanceof interface let module new null of package private protected ' +
    'public require return set static super switch this throw true try type typeof undefined ' +
    'var void while with yield Object Promise'
  ).split(' '),
);

/** File names that mean something else to Windows or to the project. */
const TAKEN_FILES = /^(?:con|prn|aux|nul|com\d|lpt\d|index)$/i;

/**
 * An identifier of letters, digits and `_` from a foreign text. It has no `$` and does not end with
 * `Arguments`, which leaves such names to the generator itself.
 */
export function identifier(text: string): string {
  const name = text.replace(/[^A-Za-z0-9]+/g, '_').replace(/^(?=\d)|^$/, '_');
  const isTaken = RESERVED.has(name) || TAKEN_FILES.test(name) || name.endsWith('Arguments');
  return isTaken ? `${name}_` : name;
}

/** Gives every text an identifier of its own, also where letter case is folded. */
export function identifiers(texts: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  const names = new Map<string, string>();
  for (const text of texts) {
    const wanted = identifier(text);
    let name = wanted;
    for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${wanted}_${count}`;
    taken.add(name.toLowerCase());
    names.set(text, name);
  }
  return names;
}

/** The name of an environment variable from a foreign text. */
export function variableName(text: string): string {
  return text
    .replace(/([a-z0-9])(?=[A-Z])/g, '$1_')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toUpperCase();
}
