/** Where a text stops being JSON. */
export interface JsonBreak {
  readonly line: number;
  readonly column: number;
  /** True when nothing is wrong but the end. */
  readonly ends: boolean;
}

const STRING = String.raw`"[^"\\\u0000-\u001F]*(?:\\.[^"\\\u0000-\u001F]*)*"`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?`;
const TOKEN = new RegExp(String.raw`[{}[\],:]|${STRING}|${NUMBER}|true|false|null`, 'y');
const BLANK = /[ \t\r\n]*/y;

type Wanted = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'end';

/** Finds the place in a text that `JSON.parse` refused; V8 tells it for some faults only. */
export function findJsonBreak(text: string): JsonBreak {
  const open: string[] = [];
  let wanted: Wanted = 'value';
  let at = 0;
  for (;;) {
    at = endOf(BLANK, text, at) ?? at;
    const end = endOf(TOKEN, text, at);
    const next: Wanted | undefined =
      end === undefined ? undefined : step(wanted, text.slice(at, end), open);
    if (end === undefined || next === undefined) return placeOf(text, at);
    wanted = next;
    at = end;
  }
}

/** What must come after a token; undefined when the token must not stand there. */
function step(wanted: Wanted, token: string, open: string[]): Wanted | undefined {
  const closes = token === '}' || token === ']';
  if (closes) {
    const pair = open.at(-1) === '{' ? '}' : ']';
    const may = wanted.endsWith(' or end') && open.length > 0 && token === pair;
    if (!may) return undefined;
    open.pop();
    return open.length === 0 ? 'end' : 'comma or end';
  }
  if (wanted === 'colon') return token === ':' ? 'value' : undefined;
  if (wanted === 'comma or end') {
    if (token !== ',') return undefined;
    return open.at(-1) === '{' ? 'name' : 'value';
  }
  if (wanted === 'end' || token === ',' || token === ':') return undefined;
  if (wanted.startsWith('name')) return token.startsWith('"') ? 'colon' : undefined;
  if (token === '{' || token === '[') {
    open.push(token);
    return token === '{' ? 'name or end' : 'value or end';
  }
  return open.length === 0 ? 'end' : 'comma or end';
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

function placeOf(text: string, at: number): JsonBreak {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  // A text without its second quote is cut off as well.
  const cut = text[at] === '"' && !/[\n"]/.test(text.slice(at + 1));
  return { line, column: at - before.lastIndexOf('\n'), ends: at >= text.length || cut };
}
