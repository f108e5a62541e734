import { isJsonObject, objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { definitionName } from '../profiles/definition-name.ts';
import { identifiers } from './identifiers.ts';
import { commentText, quoteText } from './quote-text.ts';

/** The name under which the generated modules know the type of any JSON value. */
export const JSON_TYPE = '$Json';

const DEPTH_MAX = 12;
const ENUM_MAX = 100;
/** Members of one union above which a compiler gives up. */
const WIDTH_MAX = 500;
const COMMENT_CHARACTERS = 200;

interface Scope {
  readonly definitions: JsonObject;
  readonly names: ReadonlyMap<string, string>;
  /** Definitions that each definition is made of directly: not inside of a property or a list. */
  readonly direct: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Where a type is written. */
interface Place {
  /** The definition whose alias it belongs to directly; aliases must not run in a circle. */
  readonly within: string | undefined;
  readonly depth: number;
  readonly comments: boolean;
}

/**
 * A JSON Schema as TypeScript: an exported alias of this name, after the aliases of the
 * definitions. Foreign texts stand in string literals and comments only. Types are as wide as
 * they must be to compile: what a type cannot say is any JSON value.
 */
export function typeText(schema: JsonObject, name: string): string {
  const definitions = objectMember(schema, '$defs') ?? {};
  const keys = Object.keys(definitions);
  const scope: Scope = {
    definitions,
    names: new Map([...identifiers(keys)].map(([key, short]) => [key, `${name}_${short}`])),
    direct: new Map(keys.map((key) => [key, directReferences(definitions[key] ?? null)])),
  };
  const aliases = keys.map((key) => {
    const place = { within: key, depth: 0, comments: false };
    return `type ${scope.names.get(key)} = ${write(definitions[key] ?? null, place, scope)};\n`;
  });
  const root = write(schema, { within: undefined, depth: 0, comments: true }, scope);
  return indented(`${aliases.join('')}export type ${name} = ${root};\n`);
}

/** Only an object type spans lines: its first one ends with a brace, its last begins with one. */
function indented(text: string): string {
  let depth = 0;
  return text
    .split('\n')
    .map((line) => {
      if (line.startsWith('}')) depth -= 1;
      const shown = `${'  '.repeat(Math.max(0, depth))}${line}`;
      if (line.endsWith('{')) depth += 1;
      return line === '' ? '' : shown;
    })
    .join('\n');
}

function write(schema: Json, place: Place, scope: Scope): string {
  if (schema === false) return 'never';
  if (!isJsonObject(schema) || place.depth > DEPTH_MAX) return JSON_TYPE;
  if (width(schema, scope, place.depth) > WIDTH_MAX) return JSON_TYPE;
  const reference = definitionName(schema);
  const parts = [
    ...(reference === undefined ? [] : [refer(reference, place, scope)]),
    ...listOf(schema['allOf']).map((each) => write(each, deeper(place), scope)),
    ...['anyOf', 'oneOf'].flatMap((key) => {
      const each = listOf(schema[key]).map((inner) => write(inner, deeper(place), scope));
      return each.length === 0 ? [] : [[...new Set(each)].join(' | ')];
    }),
  ].filter((part) => part !== JSON_TYPE);
  const own = ownType(schema, place, scope);
  const says = own !== JSON_TYPE && (parts.length === 0 || own !== OPEN_OBJECT);
  const all = [...new Set(says ? [own, ...parts] : parts)];
  if (all.length === 0) return own;
  return all.map((part) => (all.length > 1 ? `(${part})` : part)).join(' & ');
}

const OPEN_OBJECT = `{ readonly [key: string]: ${JSON_TYPE} }`;

const deeper = (place: Place): Place => ({ ...place, depth: place.depth + 1, comments: false });

/** Inside a property or a list an alias may name itself. */
const inside = (place: Place): Place => ({ ...deeper(place), within: undefined });

const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

function refer(reference: string, { within }: Place, { names, direct }: Scope): string {
  const name = names.get(reference) ?? JSON_TYPE;
  if (within === undefined) return name;
  const reached = new Set([reference]);
  for (const each of reached) for (const next of direct.get(each) ?? []) reached.add(next);
  return reached.has(within) ? JSON_TYPE : name;
}

function directReferences(schema: Json): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (each: Json, depth: number): void => {
    if (!isJsonObject(each) || depth > DEPTH_MAX) return;
    const reference = definitionName(each);
    if (reference !== undefined) found.add(reference);
    for (const key of ['allOf', 'anyOf', 'oneOf']) {
      for (const inner of listOf(each[key])) visit(inner, depth + 1);
    }
  };
  visit(schema, 0);
  return found;
}

/** How many members the union of a schema has once everything is multiplied out. */
function width(schema: Json, scope: Scope, depth: number, seen: readonly string[] = []): number {
  if (!isJsonObject(schema) || depth > DEPTH_MAX) return 1;
  const inner = (each: Json): number => width(each, scope, depth + 1, seen);
  const sum = (each: readonly Json[]): number =>
    each.length === 0 ? 1 : each.map(inner).reduce((total, one) => total + one, 0);
  const reference = definitionName(schema);
  const isNew = reference !== undefined && !seen.includes(reference);
  const referred = isNew
    ? width(scope.definitions[reference] ?? null, scope, depth + 1, [...seen, reference])
    : 1;
  const all = listOf(schema['allOf']).map(inner);
  const choices = Math.max(1, Math.min(ENUM_MAX, listOf(schema['enum']).length));
  return [referred, choices, sum(listOf(schema['anyOf'])), sum(listOf(schema['oneOf'])), ...all]
    .map((each) => Math.min(each, WIDTH_MAX + 1))
    .reduce((product, each) => Math.min(product * each, WIDTH_MAX + 1), 1);
}

/** What the schema's own keywords say. */
function ownType(schema: JsonObject, place: Place, scope: Scope): string {
  const { type, enum: values, const: constant } = schema;
  if (constant !== undefined) return literal(constant) ?? JSON_TYPE;
  const literals = listOf(values).map(literal);
  const isSmall = literals.length > 0 && literals.length <= ENUM_MAX;
  if (isSmall && !literals.includes(undefined)) return [...new Set(literals)].join(' | ');
  const guessed = isJsonObject(schema['properties']) ? 'object' : undefined;
  const types = typeof type === 'string' ? [type] : listOf(type ?? guessed ?? null);
  const known = (types.length === 0 && guessed !== undefined ? [guessed] : types).map((each) =>
    named(each, schema, place, scope),
  );
  return known.length === 0 ? JSON_TYPE : [...new Set(known)].join(' | ');
}

function named(type: Json, schema: JsonObject, place: Place, scope: Scope): string {
  switch (type) {
    case 'object':
      return objectType(schema, place, scope);
    case 'array':
      return schema['items'] === undefined
        ? `readonly ${JSON_TYPE}[]`
        : `readonly (${write(schema['items'], inside(place), scope)})[]`;
    case 'integer':
      return 'number';
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return type;
    default:
      return JSON_TYPE;
  }
}

function objectType(schema: JsonObject, place: Place, scope: Scope): string {
  const properties = Object.entries(objectMember(schema, 'properties') ?? {});
  const further = schema['additionalProperties'];
  if (properties.length === 0) {
    if (further === false) return '{ readonly [key: string]: never }';
    const inner = isJsonObject(further) ? write(further, inside(place), scope) : JSON_TYPE;
    return `{ readonly [key: string]: ${inner} }`;
  }
  const required = new Set(listOf(schema['required']));
  const members = properties.map(([key, inner]) => {
    const mark = required.has(key) ? '' : '?';
    const comment = place.comments ? commentOf(inner) : '';
    return `${comment}readonly ${quoteText(key)}${mark}: ${write(inner, inside(place), scope)};`;
  });
  // Every member must fit the index, whatever its own type is.
  const open =
    further === true || isJsonObject(further) ? ['readonly [key: string]: unknown;'] : [];
  return `{\n${[...members, ...open].join('\n')}\n}`;
}

function commentOf(schema: Json): string {
  const description = isJsonObject(schema) ? schema['description'] : undefined;
  if (typeof description !== 'string' || description === '') return '';
  return `/** ${commentText(description, COMMENT_CHARACTERS)} */\n`;
}

/** A value as a type; undefined when no literal says it. */
function literal(value: Json): string | undefined {
  if (typeof value === 'string') return quoteText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  return typeof value === 'boolean' || value === null ? String(value) : undefined;
}
