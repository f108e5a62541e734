import type { Token } from './tokens.ts';

/** One import, re-export or `import()` of a module. */
export interface ModuleEdge {
  readonly specifier: string;
  readonly line: number;
  /** True when nothing of it is left at run time. */
  readonly typeOnly: boolean;
  /** The names taken at run time; `*` for the namespace, `default`, empty for none. */
  readonly names: readonly string[];
}

/** The offset and the token index of a static import's or re-export's module name. */
function findSpecifier(tokens: readonly Token[], from: number): number {
  for (let index = from; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined || token.text === ';') return -1;
    if (token.text === 'from' && tokens[index + 1]?.kind === 'string') return index + 1;
  }
  return -1;
}

/** The index of the string that names the module when an edge begins at `index`, else -1. */
function specifierIndex(tokens: readonly Token[], index: number): number {
  const [before, token, next] = [tokens[index - 1], tokens[index], tokens[index + 1]];
  if (token?.kind !== 'name' || next === undefined) return -1;
  if (before !== undefined && /^\??\.$/.test(before.text)) return -1;
  if (token.text === 'import') {
    if (next.kind === 'string') return index + 1;
    if (next.text === '(') return tokens[index + 2]?.kind === 'string' ? index + 2 : -1;
    if (next.text === '.' || next.text === ':') return -1;
    return findSpecifier(tokens, index + 1);
  }
  if (token.text !== 'export') return -1;
  const start = next.text === 'type' ? tokens[index + 2] : next;
  return start?.text === '{' || start?.text === '*' ? reExport(tokens, index) : -1;
}

/** As above, for `export {…}` and `export *`: the `from` must follow directly. */
function reExport(tokens: readonly Token[], index: number): number {
  let at = index;
  while (at < tokens.length && tokens[at]?.text !== '}' && tokens[at]?.text !== 'from') at += 1;
  if (tokens[at]?.text === '}') at += 1;
  return tokens[at]?.text === 'from' && tokens[at + 1]?.kind === 'string' ? at + 1 : -1;
}

/** The names an import clause takes, read from the text without types. */
function takenNames(clause: string): string[] {
  const body = clause.replace(/^(?:import|export)\b/, '').replace(/\bfrom\s*$/, '');
  const names = (body.match(/\{([^}]*)\}/)?.[1] ?? '')
    .split(',')
    .map((part) => part.trim().split(/\s+as\s+/)[0] ?? '')
    .filter((name) => name !== '');
  const outside = body.replace(/\{[^}]*\}/, '').trim();
  if (outside.includes('*') || outside.startsWith('(')) names.push('*');
  else if (/^[\p{ID_Start}$_]/u.test(outside)) names.push('default');
  return names;
}

/**
 * Every module a file names, in order. `tokens` are the file's tokens without comments;
 * `stripped` is its text with the types blanked out at equal offsets.
 */
export function moduleEdges(tokens: readonly Token[], stripped: string): ModuleEdge[] {
  const edges: ModuleEdge[] = [];
  for (const [index, token] of tokens.entries()) {
    const found = tokens[specifierIndex(tokens, index)];
    if (found === undefined) continue;
    const clause = stripped.slice(token.start, found.start);
    edges.push({
      specifier: found.text.slice(1, -1),
      line: token.line,
      typeOnly: clause.trim() === '',
      names: takenNames(clause.trim()),
    });
  }
  return edges;
}
