/** One lexical piece of a TypeScript file; `start` and `end` are offsets, lines count from 1. */
export interface Token {
  readonly kind: 'comment' | 'name' | 'number' | 'string' | 'template' | 'regex' | 'punctuation';
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

/** Words after which a slash begins a regular expression and not a division. */
const operandExpected = new Set(
  'await case delete do else in instanceof new of return throw typeof void yield'.split(' '),
);

const patterns = {
  space: /\s+/y,
  comment: /\/\/[^\n]*|\/\*[\s\S]*?\*\//y,
  name: /[#\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy,
  number: /\.?\d(?:[\w.]|(?<=[eE])[+-])*/y,
  string: /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"/y,
  templatePart: /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y,
  regex: /\/(?![*/])(?:[^\\/[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/y,
  punctuation: /=>|\?\.(?!\d)|\.\.\.|\+\+|--|[\s\S]/y,
} as const;

type Piece = Pick<Token, 'kind' | 'end'>;

/** Where `pattern` ends when it matches exactly at `at`, else -1. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** True when a slash after `previous` begins a regular expression. */
function mayStartRegex(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === 'name') return operandExpected.has(previous.text);
  if (previous.kind !== 'punctuation') return false;
  return !/^(?:[)\]]|\+\+|--)$/.test(previous.text);
}

/** The piece that begins at `at`, which is neither white space nor inside a template's text. */
function pieceAt(text: string, at: number, previous: Token | undefined): Piece {
  for (const kind of ['comment', 'name', 'number', 'string'] as const) {
    const end = endOf(patterns[kind], text, at);
    if (end !== -1) return { kind, end };
  }
  if (text[at] === '`') {
    const end = endOf(patterns.templatePart, text, at + 1);
    return { kind: 'template', end: end === -1 ? text.length : end };
  }
  if (text[at] === '/' && mayStartRegex(previous)) {
    const end = endOf(patterns.regex, text, at);
    if (end !== -1) return { kind: 'regex', end };
  }
  return { kind: 'punctuation', end: endOf(patterns.punctuation, text, at) };
}

/**
 * The tokens of a TypeScript or JavaScript text, comments included. A template is cut at its
 * `${` and `}`: its texts are `template` tokens and what stands between them is tokens as usual.
 * JSX is not understood.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  /** Per open `${`, how many braces are open inside it. */
  const braces: number[] = [];
  let previous: Token | undefined;
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const spaceEnd = endOf(patterns.space, text, at);
    if (spaceEnd !== -1) {
      line += lineBreaks(text, at, spaceEnd);
      at = spaceEnd;
      continue;
    }
    let piece = pieceAt(text, at, previous);
    const open = braces.at(-1);
    if (text[at] === '}' && open === 0) {
      braces.pop();
      const end = endOf(patterns.templatePart, text, at + 1);
      piece = { kind: 'template', end: end === -1 ? text.length : end };
    } else if (open !== undefined && text[at] === '{') braces[braces.length - 1] = open + 1;
    else if (open !== undefined && text[at] === '}') braces[braces.length - 1] = open - 1;
    const token = { ...piece, text: text.slice(at, piece.end), start: at, line };
    if (token.kind === 'template' && token.text.endsWith('${')) braces.push(0);
    tokens.push(token);
    if (token.kind !== 'comment') previous = token;
    line += lineBreaks(text, at, piece.end);
    at = piece.end;
  }
  return tokens;
}

function lineBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) {
    count += 1;
  }
  return count;
}
