import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { isLongNumber } from '../../../kernel/numbers/exact-json.ts';
import { cleanText } from '../text/clean-text.ts';
import { safePattern } from './safe-pattern.ts';

const TYPES: ReadonlySet<string> = new Set([
  'string',
  'number',
  'integer',
  'boolean',
  'array',
  'object',
  'null',
]);

/** Words that documents use for types, and what they mean. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  int: 'integer',
  long: 'integer',
  float: 'number',
  double: 'number',
  decimal: 'number',
  bool: 'boolean',
  str: 'string',
  text: 'string',
  date: 'string',
  datetime: 'string',
  'date-time': 'string',
  uuid: 'string',
  file: 'string',
  list: 'array',
  dict: 'object',
  map: 'object',
};

/** Formats defined by JSON Schema 2020-12; others tell a validator nothing. */
const FORMATS: ReadonlySet<string> = new Set(
  (
    'date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri ' +
    'uri-reference iri iri-reference uuid uri-template json-pointer relative-json-pointer regex'
  ).split(' '),
);

const COUNTS = [
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minContains',
  'maxContains',
];

/** The types a schema allows, in 2020-12 words; undefined when it does not say. */
export function typesOf(object: JsonObject): readonly string[] | undefined {
  const declared = object['type'];
  const list = Array.isArray(declared) ? (declared as readonly Json[]) : [declared];
  const types = new Set<string>();
  for (const item of list) {
    if (typeof item !== 'string') continue;
    const word = item.toLowerCase();
    const type = TYPES.has(word) ? word : Object.hasOwn(TYPE_WORDS, word) ? TYPE_WORDS[word] : '';
    if (type !== undefined && type !== '') types.add(type);
  }
  if (types.size === 0) return inferred(object);
  if (object['nullable'] === true || object['x-nullable'] === true) types.add('null');
  return [...types];
}

/** What the other keywords say about the type when `type` is absent. */
function inferred(object: JsonObject): readonly string[] | undefined {
  const has = (...keywords: readonly string[]): boolean =>
    keywords.some((keyword) => object[keyword] !== undefined);
  if (has('$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'const', 'if')) return undefined;
  const plus = object['nullable'] === true || object['x-nullable'] === true ? ['null'] : [];
  const values = object['enum'];
  if (Array.isArray(values) && values.length > 0) {
    const types = new Set((values as readonly Json[]).map(typeOfValue));
    if (types.has('integer') && types.has('number')) types.delete('integer');
    return [...new Set([...types, ...plus])];
  }
  // `required` alone says nothing of other types: beside an array in `allOf` it would contradict.
  if (has('properties', 'additionalProperties')) return ['object', ...plus];
  if (has('items', 'prefixItems')) return ['array', ...plus];
  if (has('pattern', 'minLength', 'maxLength', 'format')) return ['string', ...plus];
  return has('minimum', 'maximum', 'multipleOf') ? ['number', ...plus] : undefined;
}

function typeOfValue(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** True when a string of this schema stands for bytes. */
export function isBinarySchema(object: JsonObject): boolean {
  const { type, format, contentEncoding, contentMediaType } = object as {
    [key: string]: Json | undefined;
  };
  if (type === 'file' || format === 'binary' || format === 'byte') return true;
  if (typeof contentEncoding === 'string') return /^(base64(url)?|binary)$/i.test(contentEncoding);
  const text = type === undefined || type === 'string';
  return text && typeof contentMediaType === 'string' && !/json|text|xml/.test(contentMediaType);
}

/**
 * The types that a tool shows. Listed numbers that a JS number would round are shown as text, so
 * text is allowed beside the number.
 */
export function shownTypes(
  object: JsonObject,
  types: readonly string[] | undefined,
): readonly string[] | undefined {
  if (types === undefined || !isNumeric(types) || types.includes('string')) return types;
  const listed = Array.isArray(object['enum']) ? (object['enum'] as readonly Json[]) : [];
  return [object['const'], ...listed].some(isLongNumber) ? [...types, 'string'] : types;
}

const isNumeric = (types: readonly string[]): boolean =>
  types.includes('integer') || types.includes('number');

/** Keywords without schemas inside, cleaned: what is not valid 2020-12 is left out. */
export function scalarKeywords(
  object: JsonObject,
  types: readonly string[] | undefined,
  wordsMax: number,
): [string, Json][] {
  const out: [string, Json][] = [];
  if (types !== undefined) out.push(['type', types.length === 1 ? (types[0] as string) : types]);
  const { description, format, pattern } = object as { [key: string]: Json | undefined };
  const words = typeof description === 'string' ? description : '';
  const bounds = [words, ...longBounds(object)].filter((part) => part !== '').join(' ');
  const note = isBinarySchema(object) ? `${bounds} (base64)` : bounds;
  const text = cleanText(note, wordsMax);
  if (text !== '') out.push(['description', text]);
  if (typeof format === 'string' && FORMATS.has(format)) out.push(['format', format]);
  if (isBinarySchema(object)) out.push(['contentEncoding', 'base64']);
  // A list of values says more than any bound on them.
  const listed = Array.isArray(object['enum']);
  if (typeof pattern === 'string' && !listed) {
    const safe = safePattern(pattern);
    if (safe !== undefined) out.push(['pattern', safe]);
  }
  for (const keyword of COUNTS) {
    const count = numeric(object[keyword]);
    const counts = count !== undefined && Number.isInteger(count) && count >= 0;
    if (counts && !(listed && keyword.endsWith('Length'))) out.push([keyword, count]);
  }
  if (object['uniqueItems'] === true) out.push(['uniqueItems', true]);
  if (object['deprecated'] === true) out.push(['deprecated', true]);
  return [...out, ...rangeKeywords(object)];
}

/** Draft 4 marks an exclusive bound with a boolean; 2020-12 gives the bound itself. */
function rangeKeywords(object: JsonObject): [string, Json][] {
  const out: [string, Json][] = [];
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    const value = numeric(object[bound]);
    const strict = numeric(object[exclusive]);
    if (value !== undefined) out.push([object[exclusive] === true ? exclusive : bound, value]);
    if (strict !== undefined) out.push([exclusive, strict]);
  }
  const step = numeric(object['multipleOf']);
  if (step !== undefined && step > 0) out.push(['multipleOf', step]);
  return out;
}

/** `enum` without repetitions, in the schema's own type, with null when null is allowed. */
export function enumValues(
  object: JsonObject,
  types: readonly string[] | undefined,
): readonly Json[] | undefined {
  const declared = object['enum'];
  if (!Array.isArray(declared) || declared.length === 0) return undefined;
  if (declared.length > limits.schemaEnumItemsMax) return undefined;
  const onlyText = types?.every((type) => type === 'string' || type === 'null') ?? false;
  const seen = new Map<string, Json>();
  for (const item of declared as readonly Json[]) {
    const scalar = typeof item === 'number' || typeof item === 'boolean';
    const value = onlyText && scalar ? String(item) : item;
    seen.set(JSON.stringify(value), value);
  }
  if (types?.includes('null') === true) seen.set('null', null);
  else if (types !== undefined) seen.delete('null');
  return seen.size === 0 ? undefined : [...seen.values()];
}

/** A default that fits what the schema says, else nothing. */
export function fittingDefault(
  object: JsonObject,
  types: readonly string[] | undefined,
  values: readonly Json[] | undefined,
): Json | undefined {
  const value = object['default'];
  if (value === undefined || value === null) return undefined;
  if (values !== undefined && !values.includes(value)) return undefined;
  const type = typeOfValue(value);
  const long = isLongNumber(value) && types !== undefined && isNumeric(types);
  const fits = types === undefined || types.includes(type) || long;
  const wide = type === 'integer' && types?.includes('number') === true;
  if (!fits && !wide) return undefined;
  return isJsonObject(value) || Array.isArray(value)
    ? JSON.stringify(value).length <= 200
      ? value
      : undefined
    : value;
}

/** Bounds that a JS number would round, in words: rounded they would be wrong. */
function longBounds(object: JsonObject): readonly string[] {
  return ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum', 'multipleOf'].flatMap(
    (keyword) => {
      const bound = object[keyword];
      return typeof bound === 'string' && isLongNumber(bound) ? [`(${keyword} ${bound})`] : [];
    },
  );
}

function numeric(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (isLongNumber(value)) return undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
