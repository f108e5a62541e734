import type { Token } from './tokens.ts';

/** One function with a body, from the line of its name to the line of its last bracket. */
export interface FunctionSpan {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  /** The called name when the function is an argument: `test` in `test('…', () => {…})`. */
  readonly argumentOf: string | undefined;
}

const control = new Set(['catch', 'for', 'if', 'switch', 'while', 'with']);

/** For every bracket token its partner's index. */
function bracketPairs(tokens: readonly Token[]): Map<number, number> {
  const pairs = new Map<number, number>();
  const open: number[] = [];
  for (const [index, { kind, text }] of tokens.entries()) {
    const closes =
      kind === 'punctuation' ? /^[)\]}]$/.test(text) : kind === 'template' && text[0] === '}';
    const opens =
      kind === 'punctuation' ? /^[([{]$/.test(text) : kind === 'template' && text.endsWith('${');
    if (closes) {
      const start = open.pop();
      if (start !== undefined) pairs.set(start, index).set(index, start);
    }
    if (opens) open.push(index);
  }
  return pairs;
}

/** The index where the head of the function whose body opens at `body` begins, or undefined. */
function headStart(
  tokens: readonly Token[],
  pairs: ReadonlyMap<number, number>,
  body: number,
): number | undefined {
  const arrow = tokens[body - 1]?.text === '=>';
  if (!arrow && tokens[body]?.text !== '{') return undefined;
  const last = arrow ? body - 2 : body - 1;
  if (tokens[last]?.text !== ')') return arrow ? last : undefined;
  const parameters = pairs.get(last);
  if (parameters === undefined) return undefined;
  if (arrow) return parameters;
  const before = tokens[parameters - 1];
  if (before?.kind === 'name' && control.has(before.text)) return undefined;
  const secondBefore = tokens[parameters - 2]?.text;
  if (before?.text === 'await' && secondBefore === 'for') return undefined;
  if (secondBefore === 'extends') return undefined;
  const named = before?.kind === 'name' || before?.text === ']' || before?.kind === 'string';
  return named ? parameters - 1 : undefined;
}

/** The nearest bracket that is still open before `index`. */
function enclosing(pairs: ReadonlyMap<number, number>, index: number): number | undefined {
  for (let at = index - 1; at >= 0; at -= 1) {
    const partner = pairs.get(at);
    if (partner === undefined) continue;
    if (partner > at) return at;
    at = partner;
  }
  return undefined;
}

/** A name for messages: the declared one, the variable it is assigned to, or `anonymous`. */
function nameOf(tokens: readonly Token[], start: number): string {
  const first = tokens[start];
  if (first?.kind === 'name' && first.text !== 'function') return first.text;
  const before = tokens[start - 1]?.text === 'async' ? start - 2 : start - 1;
  const assigned = tokens[before]?.text === '=' || tokens[before]?.text === ':';
  const name = tokens[before - 1];
  return assigned && name?.kind === 'name' ? name.text : 'anonymous';
}

/** Every function with a body in braces or parentheses; `tokens` are without types and comments. */
export function functionSpans(tokens: readonly Token[]): FunctionSpan[] {
  const pairs = bracketPairs(tokens);
  const spans: FunctionSpan[] = [];
  for (const [body, token] of tokens.entries()) {
    if (token.text !== '{' && token.text !== '(') continue;
    const [start, end] = [headStart(tokens, pairs, body), pairs.get(body)];
    const [first, last] = [tokens[start ?? -1], tokens[end ?? -1]];
    if (start === undefined || first === undefined || last === undefined) continue;
    const call = enclosing(pairs, start);
    const callee = call !== undefined && tokens[call]?.text === '(' ? tokens[call - 1] : undefined;
    spans.push({
      name: nameOf(tokens, start),
      line: first.line,
      lines: last.line - first.line + 1,
      argumentOf: callee?.kind === 'name' ? callee.text : undefined,
    });
  }
  return spans;
}
