import type { Json, JsonObject } from './json.ts';
import { limits } from './limits.ts';

/** Where an object or array remembers the digits of its long numbers; no serialiser sees it. */
const DIGITS = Symbol('digits');

/** The most characters of a fraction whose every digit a JS number keeps. */
const FRACTION_CHARACTERS = 16;

/** The language has these; its type library does not name them yet. */
const raw = JSON as unknown as {
  rawJSON(text: string): Json;
  isRawJSON(value: unknown): boolean;
};

interface Holder {
  [key: string]: unknown;
  [DIGITS]?: Record<string, string>;
}

/** What a walk over a parsed value found; the deeper problem hides the other. */
type Shape = 'plain' | 'long numbers' | 'too deep';

/** Walks a value once, for numbers that may have had more digits and for nesting. */
function shapeOf(value: unknown, levels: number): Shape {
  if (typeof value === 'number') return isLong(value) ? 'long numbers' : 'plain';
  if (typeof value !== 'object' || value === null) return 'plain';
  if (levels === 0) return 'too deep';
  let found: Shape = 'plain';
  if (Array.isArray(value)) {
    for (const each of value as readonly unknown[]) {
      const shape = shapeOf(each, levels - 1);
      if (shape === 'too deep') return shape;
      if (shape !== 'plain') found = shape;
    }
    return found;
  }
  for (const key in value) {
    const shape = shapeOf((value as Holder)[key], levels - 1);
    if (shape === 'too deep') return shape;
    if (shape !== 'plain') found = shape;
  }
  return found;
}

const isLong = (value: number): boolean =>
  Number.isInteger(value)
    ? !Number.isSafeInteger(value)
    : !Number.isFinite(value) || String(value).length > FRACTION_CHARACTERS;

/**
 * `JSON.parse` that remembers the digits of integers and fractions that stay long after rounding:
 * the value is the same for everyone, and `digitsOf` tells what was written. A long text is only
 * parsed, because remembering costs many times as much. Throws SyntaxError, and RangeError when
 * objects and arrays are nested in more than `levelsMax` levels.
 */
export function parseWithDigits(text: string, levelsMax: number): unknown {
  const value: unknown = JSON.parse(text);
  const shape = shapeOf(value, levelsMax);
  if (shape === 'too deep') throw new RangeError(`nested in more than ${levelsMax} levels`);
  const mayRemember = shape === 'long numbers' && text.length <= limits.digitsTextCharactersMax;
  return mayRemember ? JSON.parse(text, remember) : value;
}

function remember(
  this: Holder,
  key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  const source = context?.source;
  if (typeof value === 'object' && value !== null && (value as Holder)[DIGITS] !== undefined) {
    // Whoever writes the value need not look for digits in parts that have none.
    this[DIGITS] ??= Object.create(null) as Record<string, string>;
    return value;
  }
  if (typeof value !== 'number' || source === undefined || !isLong(value)) return value;
  if (String(value) !== source) {
    this[DIGITS] ??= Object.create(null) as Record<string, string>;
    this[DIGITS][key] = source;
  }
  return value;
}

/** `JSON.stringify` with the digits that the value's numbers were written with. */
export function textWithDigits(value: JsonObject): string {
  return (value as Holder)[DIGITS] === undefined
    ? JSON.stringify(value)
    : JSON.stringify(value, restore);
}

function restore(this: Holder, key: string, value: unknown): unknown {
  const digits = typeof value === 'number' ? digitsOf(this, key) : undefined;
  return digits === undefined ? value : rawNumber(digits);
}

/** The digits a number was written with, when it is still that number and not written like it. */
export function digitsOf(holder: object, key: string | number): string | undefined {
  const digits = (holder as Holder)[DIGITS]?.[key];
  return digits !== undefined && Number(digits) === (holder as Holder)[key] ? digits : undefined;
}

/**
 * The object without one member; the digits of its long numbers stay with it. Copied by hand
 * because every call of the data plane comes through here.
 */
export function withoutMember(object: JsonObject, member: string): JsonObject {
  // Only what destructuring does copies digits, and `__proto__` as a member like any other.
  if ((object as Holder)[DIGITS] !== undefined) return othersOf(object, member);
  const others: Record<string, Json> = {};
  for (const name in object) {
    if (name === '__proto__') return othersOf(object, member);
    if (name !== member) others[name] = object[name] as Json;
  }
  return others;
}

function othersOf(object: JsonObject, member: string): JsonObject {
  const { [member]: _, ...others } = object;
  return others;
}

/** A value that `JSON.stringify` writes as exactly these digits. */
export const rawNumber = (digits: string): Json => raw.rawJSON(digits);

/** `JSON.parse` in which numbers that it would round are raw numbers. Throws SyntaxError. */
export function parseRawNumbers(text: string): Json {
  return JSON.parse(text, (_key, each: unknown, context?: { readonly source?: string }) => {
    const source = context?.source;
    const kept = typeof each !== 'number' || source === undefined || String(each) === source;
    return kept ? each : rawNumber(source);
  }) as Json;
}

/** True for what `rawNumber` made. */
export const isRawNumber = (value: Json): boolean => raw.isRawJSON(value);
