import type { Token } from './tokens.ts';

/** One exported name of a file. */
export interface ExportedName {
  readonly name: string;
  readonly line: number;
  /** The comment that stands directly before its declaration, with its marks. */
  readonly comment: string | undefined;
  /** True when another file declares it (`export … from`), and documents it there. */
  readonly elsewhere: boolean;
  /** True for an interface or a type, which is gone at run time. */
  readonly isType: boolean;
}

const modifiers = new Set(['abstract', 'async', 'declare']);
const declarators = new Set(['class', 'const', 'function', 'interface', 'let', 'type', 'var']);

/** The depth of brackets before each token. */
function depths(tokens: readonly Token[]): number[] {
  let depth = 0;
  return tokens.map(({ kind, text }) => {
    const before = depth;
    if (kind === 'punctuation' && /^[([{]$/.test(text)) depth += 1;
    if (kind === 'punctuation' && /^[)\]}]$/.test(text)) depth -= 1;
    if (kind === 'template') {
      if (text.startsWith('}')) depth -= 1;
      if (text.endsWith('${')) depth += 1;
    }
    return before;
  });
}

/** The name that a declaration beginning at `index` (after `export`) gives, with its comment. */
function declaredName(tokens: readonly Token[], index: number): string | undefined {
  let at = index;
  while (modifiers.has(tokens[at]?.text ?? '')) at += 1;
  if (!declarators.has(tokens[at]?.text ?? '')) return undefined;
  at += tokens[at + 1]?.text === '*' ? 2 : 1;
  return tokens[at]?.kind === 'name' ? tokens[at]?.text : undefined;
}

/** The names in `export { a, b as c }`, as [local, exported]. */
function listedNames(tokens: readonly Token[], open: number): [string, string][] {
  const names: [string, string][] = [];
  let part: string[] = [];
  for (let at = open + 1; at < tokens.length; at += 1) {
    const { text, kind } = tokens[at] as Token;
    if (text === ',' || text === '}') {
      const [local, exported] = [part[0], part.at(-1)];
      if (local !== undefined && exported !== undefined) names.push([local, exported]);
      part = [];
      if (text === '}') return names;
    } else if (kind === 'name' && !(text === 'type' && part.length === 0)) part.push(text);
  }
  return names;
}

/** The comments before the file's top-level declarations, by declared name. */
function declarationComments(tokens: readonly Token[]): Map<string, string> {
  const comments = new Map<string, string>();
  const depth = depths(tokens);
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'comment' || depth[index] !== 0) continue;
    const start = tokens[index + 1]?.text === 'export' ? index + 2 : index + 1;
    const name = declaredName(tokens, start);
    if (name !== undefined && !comments.has(name)) comments.set(name, token.text);
  }
  return comments;
}

/** Every name a file exports; `tokens` include the comments. Overloads count once. */
export function exportedNames(tokens: readonly Token[]): ExportedName[] {
  const comments = declarationComments(tokens);
  const depth = depths(tokens);
  const found = new Map<string, ExportedName>();
  const add = (index: number, name: string, local: string, elsewhere: boolean): void => {
    if (found.has(name)) return;
    const line = tokens[index]?.line ?? 0;
    const isType = /^(?:type|interface)$/.test(tokens[index + 1]?.text ?? '');
    found.set(name, { name, line, comment: comments.get(local), elsewhere, isType });
  };
  for (const [index, token] of tokens.entries()) {
    if (token.text !== 'export' || token.kind !== 'name' || depth[index] !== 0) continue;
    const next = index + (tokens[index + 1]?.text === 'type' ? 2 : 1);
    const declared = declaredName(tokens, index + 1);
    if (tokens[index + 1]?.text === 'default') add(index, 'default', 'default', false);
    else if (tokens[next]?.text === '*') add(index, '*', '*', true);
    else if (tokens[next]?.text === '{') {
      let close = next;
      while (close < tokens.length && tokens[close]?.text !== '}') close += 1;
      const elsewhere = tokens[close + 1]?.text === 'from';
      for (const [local, name] of listedNames(tokens, next)) {
        add(index, name, local, elsewhere);
      }
    } else if (declared !== undefined) add(index, declared, declared, false);
  }
  return [...found.values()];
}
