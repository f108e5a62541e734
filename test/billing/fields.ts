import { type Exact, parseExact } from '../../src/kernel/exact.ts';
import type { JsonObject, Json } from '../../src/kernel/json.ts';
import { CannotExpress } from './vector.ts';

/** True for `{…}`. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at a place; anything else has no meaning here. */
export function readObject(value: Json | undefined, place: string): JsonObject {
  if (!isObject(value)) throw new CannotExpress(`${place} is not an object`);
  return value;
}

/** Refuses members that are not known, because what they mean could change the result. */
export function onlyFields(value: JsonObject, place: string, ...known: readonly string[]): void {
  const other = Object.keys(value).find((name) => !known.includes(name));
  if (other !== undefined) throw new CannotExpress(`${place}.${other} has no meaning here`);
}

/** A text, or a number written as it is; undefined when there is none. */
export function textField(value: JsonObject, name: string, place: string): string | undefined {
  const member = value[name];
  if (member === undefined || member === null) return undefined;
  if (typeof member === 'string') return member;
  if (typeof member === 'number') return String(member);
  throw new CannotExpress(`${place}.${name} is not a text or a number`);
}

/** The text that a scalar is, and nothing for anything else. */
export function plainText(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A decimal that the product can read, as text. */
export function decimalField(value: JsonObject, name: string, place: string): string | undefined {
  const text = textField(value, name, place);
  if (text !== undefined) toExact(text, `${place}.${name}`);
  return text;
}

/** A decimal that must be there. */
export function needDecimal(value: JsonObject, name: string, place: string): string {
  const text = decimalField(value, name, place);
  if (text === undefined) throw new CannotExpress(`${place}.${name} is missing`);
  return text;
}

/** An exact number that must be there. */
export function needExact(value: JsonObject, name: string, place: string): Exact {
  return parseExact(needDecimal(value, name, place));
}

/** The exact number that a scalar stands for. */
export function toExact(value: Json | undefined, place: string): Exact {
  try {
    if (typeof value === 'number') return parseExact(String(value));
    if (typeof value === 'string') return parseExact(value);
  } catch {
    // Said below, with the place.
  }
  throw new CannotExpress(`${place} is not an exact number: ${JSON.stringify(value)}`);
}

/** The objects of an array. */
export function readObjects(value: Json | undefined, place: string): readonly JsonObject[] {
  if (!Array.isArray(value)) throw new CannotExpress(`${place} is not an array`);
  return value.map((one, index) => readObject(one, `${place}[${index}]`));
}

/** The texts of an array. */
export function readTexts(value: Json | undefined, place: string): readonly string[] {
  if (!Array.isArray(value)) throw new CannotExpress(`${place} is not an array`);
  return value.map((one, index) => {
    if (typeof one === 'string') return one;
    if (typeof one === 'number') return String(one);
    throw new CannotExpress(`${place}[${index}] is not a text`);
  });
}

/** A copy without members that are undefined. */
export function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

/** Events as often as their `repeat` says, without it. */
export function repeatEvents(events: readonly JsonObject[]): readonly JsonObject[] {
  return events.flatMap((event, index) => {
    const count = Number(textField(event, 'repeat', `events[${index}]`) ?? '1');
    if (!(count >= 1 && count <= 100_000)) throw new CannotExpress(`events[${index}].repeat`);
    const { repeat: _repeat, ...one } = event;
    return Array.from({ length: count }, () => one);
  });
}
