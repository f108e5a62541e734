import { limits } from '../../../kernel/limits.ts';

/** The pattern when every client can run it safely, a repaired form of it, or undefined. */
export function safePattern(pattern: string): string | undefined {
  if (pattern.length > limits.schemaPatternLengthMax) return undefined;
  for (const candidate of [pattern, repaired(pattern)]) {
    if (compiles(candidate)) return nestsRepetition(candidate) ? undefined : candidate;
  }
  return undefined;
}

function compiles(pattern: string): boolean {
  try {
    void new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

/** Drops what other regex flavours allow: `/.../` delimiters, `\A`, `\Z`, needless escapes. */
function repaired(pattern: string): string {
  const body = /^\/(.*)\/[a-z]*$/s.exec(pattern)?.[1] ?? pattern;
  return body
    .replaceAll(/^\\A/g, '^')
    .replaceAll(/\\[zZ]$/g, '$')
    .replace(/\\([\s\S])/g, (whole, char: string) =>
      /[-_@#%&"'=:;<>,~`! ]/.test(char) ? plain(char) : whole,
    );
}

/** Inside a class a bare hyphen could make a range; its code point cannot. */
const plain = (char: string): string => (char === '-' ? '\\x2d' : char);

/** True for an unbounded repetition inside another one, as in `(a+)+`: exponential when run. */
function nestsRepetition(pattern: string): boolean {
  const open: boolean[] = [];
  let inClass = false;
  let closed: boolean | undefined;
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at];
    const repeats = !inClass && (char === '*' || char === '+' || unboundedAt(pattern, at));
    if (repeats && closed === true) return true;
    if (repeats && open.length > 0) open[open.length - 1] = true;
    closed = undefined;
    if (char === '\\') at += 1;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else if (char === '(') open.push(false);
    else if (char === ')') {
      closed = open.pop() ?? false;
      if (closed && open.length > 0) open[open.length - 1] = true;
    }
  }
  return false;
}

const unboundedAt = (pattern: string, at: number): boolean =>
  pattern[at] === '{' && /^\{\d*,\}/.test(pattern.slice(at, at + 12));
