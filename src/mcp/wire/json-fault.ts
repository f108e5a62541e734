/** Why a text is refused although `JSON.parse` would take it, or would take it too late. */
export type JsonFault = 'too deep' | 'name twice' | 'prototype' | 'half a character';

/** What a text of JSON may hold. */
export interface JsonBounds {
  /** Objects and arrays inside each other. */
  readonly levelsMax: number;
  /** Down to which level no member may be named `__proto__`. */
  readonly protoLevels: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const FEW_NAMES = 12;
/** Half of a surrogate pair, written as an escape. */
const HALF = /\\u[dD][89a-fA-F]/;

/** One open object or array: the names so far, and whether a name comes next. */
interface Scope {
  /** Undefined in an array. */
  readonly names: string[] | undefined;
  many: Set<string> | undefined;
  namesNext: boolean;
}

/**
 * Looks a text over before it is parsed, for what readers of JSON disagree about (RFC 8259 §4,
 * §8.2, §9): a member named twice, also when one name is written with escapes, half a surrogate
 * pair, deep nesting. A text that is no JSON may pass; parsing it will tell.
 */
export function jsonFault(text: string, bounds: JsonBounds): JsonFault | undefined {
  const { levelsMax, protoLevels } = bounds;
  const hasEscapes = text.includes('\\');
  const hasHalves = hasEscapes && HALF.test(text);
  const scopes: Scope[] = [];
  let scope: Scope | undefined;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = hasEscapes ? endOfString(text, at) : text.indexOf('"', at + 1);
        if (end === -1) return undefined;
        if (hasHalves && hasHalf(text.slice(at, end + 1))) return 'half a character';
        if (scope?.namesNext === true) {
          const name = nameOf(text.slice(at + 1, end), hasEscapes);
          scope.namesNext = false;
          if (name === '__proto__' && scopes.length <= protoLevels) return 'prototype';
          if (isTaken(scope, name)) return 'name twice';
        }
        at = end;
        break;
      }
      case COMMA:
        if (scope?.names !== undefined) scope.namesNext = true;
        break;
      case 0x7b:
      case 0x5b: {
        if (scopes.length === levelsMax) return 'too deep';
        const isObject = text.charCodeAt(at) === 0x7b;
        scope = { names: isObject ? [] : undefined, many: undefined, namesNext: isObject };
        scopes.push(scope);
        break;
      }
      case 0x7d:
      case 0x5d:
        scopes.pop();
        scope = scopes.at(-1);
        break;
      default:
    }
  }
  return undefined;
}

/** Notes the name; true when the object has it already. */
function isTaken(scope: Scope, name: string): boolean {
  const names = scope.names as string[];
  if (scope.many !== undefined) {
    const before = scope.many.size;
    return scope.many.add(name).size === before;
  }
  if (names.includes(name)) return true;
  names.push(name);
  if (names.length > FEW_NAMES) scope.many = new Set(names);
  return false;
}

function nameOf(raw: string, hasEscapes: boolean): string {
  if (!hasEscapes || !raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    // No JSON: parsing the whole will tell.
    return raw;
  }
}

function hasHalf(quoted: string): boolean {
  if (!HALF.test(quoted)) return false;
  try {
    return !(JSON.parse(quoted) as string).isWellFormed();
  } catch {
    return false;
  }
}

function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return quote;
    quote = text.indexOf('"', quote + 1);
  }
  return -1;
}

const texts: Readonly<Record<JsonFault, string>> = {
  'too deep': 'The body is nested too deeply.',
  'name twice': 'An object of the body names a member twice.',
  prototype: 'A member of the body is named __proto__.',
  'half a character': 'A text of the body has half of a surrogate pair.',
};

/** A fault as a sentence for whoever sent the text. */
export function faultText(fault: JsonFault): string {
  return texts[fault];
}
