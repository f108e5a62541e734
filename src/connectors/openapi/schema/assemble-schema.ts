import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { CompiledSchema, Direction, SchemaCompiler } from './schema-compiler.ts';

/** A complete schema: root, the definitions it needs, and whether details were left out. */
export interface AssembledSchema {
  readonly schema: JsonObject;
  readonly renamed: ReadonlyMap<string, string>;
  readonly shortened: boolean;
}

/** Puts roots and the definitions they reach together, within a size. */
export type SchemaAssembler = (
  root: JsonObject,
  parts: readonly CompiledSchema[],
  direction: Direction,
) => AssembledSchema;

interface Sized {
  readonly schema: JsonObject;
  readonly bytes: number;
}

const PRUNE_DEPTHS = [12, 9, 7, 5, 4, 3, 2];
/** A definition whose inside was left out: its name and its type. */
const STUB_BYTES = 64;

/** Makes an assembler; sizes and short forms are remembered per definition. */
export function createSchemaAssembler(
  compiler: SchemaCompiler,
  bytesMax: number = limits.toolSchemaBytesMax,
): SchemaAssembler {
  const sizes = new WeakMap<JsonObject, Sized>();
  const shorts = new WeakMap<JsonObject, Sized>();
  const full = (schema: JsonObject): Sized => remember(sizes, schema, (it) => it);
  const terse = (schema: JsonObject): Sized => remember(shorts, schema, withoutWords);

  /** Walks the definitions nearest first; undefined when they must all fit and do not. */
  const gather = (
    parts: readonly CompiledSchema[],
    direction: Direction,
    form: (schema: JsonObject) => Sized,
    room: number,
    mayCut: boolean,
  ): Gathered | undefined => {
    const entries: [string, JsonObject][] = [];
    const renamed = new Map(parts.flatMap((part) => [...part.renamed]));
    const seen = new Set(parts.flatMap((part) => part.references));
    let left = room;
    let cut = false;
    // A set grows while it is walked: a breadth-first walk without a queue.
    for (const name of seen) {
      const definition = compiler.definition(name, direction);
      const { schema, bytes } = form(definition.schema);
      const fresh = definition.references.filter((inner) => !seen.has(inner)).length;
      const cost = bytes + name.length + 6 + (mayCut ? fresh * STUB_BYTES : 0);
      if (cost <= left) {
        left -= cost;
        entries.push([name, schema]);
        for (const inner of definition.references) seen.add(inner);
        for (const [safe, original] of definition.renamed) renamed.set(safe, original);
      } else if (mayCut) {
        cut = true;
        entries.push([name, stub(definition.schema)]);
      } else return undefined;
    }
    return { entries, renamed, cut };
  };

  return (root, parts, direction) => {
    const room = bytesMax - jsonBytes(root);
    const whole = gather(parts, direction, full, room, false);
    if (whole !== undefined && room >= 0) return joined(root, whole, false);
    const small = fitted(root, Math.floor((bytesMax * 2) / 3));
    const rest = bytesMax - jsonBytes(small);
    const short = gather(parts, direction, terse, rest, true);
    return joined(small, short ?? { entries: [], renamed: new Map(), cut: true }, true);
  };
}

interface Gathered {
  readonly entries: readonly (readonly [string, JsonObject])[];
  readonly renamed: ReadonlyMap<string, string>;
  readonly cut: boolean;
}

function joined(root: JsonObject, gathered: Gathered, shortened: boolean): AssembledSchema {
  const { entries, renamed } = gathered;
  const used = entries.length === 0 ? root : { ...root, $defs: Object.fromEntries(entries) };
  return { schema: used, renamed, shortened };
}

function fitted(root: JsonObject, bytesMax: number): JsonObject {
  if (jsonBytes(root) <= bytesMax) return root;
  let small = withoutWords(root);
  for (const depth of PRUNE_DEPTHS) {
    if (jsonBytes(small) <= bytesMax) return small;
    small = prune(small, depth);
  }
  return small;
}

/** Keeps the levels down to `depth` and the type of what is below. */
function prune(schema: JsonObject, depth: number): JsonObject {
  const inner = (value: Json): Json => {
    if (!isJsonObject(value)) return value;
    return depth <= 1 ? stub(value) : prune(value, depth - 1);
  };
  return mapSchemas(schema, inner);
}

function stub(schema: JsonObject): JsonObject {
  const type = schema['type'];
  if (type === undefined) return {};
  // Some model providers refuse an array that does not say what it holds.
  const isArray = type === 'array' || (Array.isArray(type) && type.includes('array'));
  return isArray ? { type, items: {} } : { type };
}

/** The schema without descriptions, defaults and patterns. */
function withoutWords(schema: JsonObject): JsonObject {
  const { description: _d, default: _f, pattern: _p, ...rest } = schema;
  return mapSchemas(rest, (value) => (isJsonObject(value) ? withoutWords(value) : value));
}

const MAPS = new Set(['properties', 'patternProperties', 'dependentSchemas']);
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const SINGLE = new Set([
  'items',
  'additionalProperties',
  'unevaluatedProperties',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'propertyNames',
]);

/** Applies a function to the schemas directly inside a schema. */
function mapSchemas(schema: JsonObject, map: (value: Json) => Json): JsonObject {
  const entries = Object.entries(schema).map(([key, value]): [string, Json] => {
    if (SINGLE.has(key)) return [key, map(value)];
    if (LISTS.has(key) && Array.isArray(value)) return [key, value.map(map)];
    if (MAPS.has(key) && isJsonObject(value)) {
      const inner = Object.entries(value).map(([name, it]) => [name, map(it)] as const);
      return [key, Object.fromEntries(inner)];
    }
    return [key, value];
  });
  return Object.fromEntries(entries);
}

function remember(
  memory: WeakMap<JsonObject, Sized>,
  schema: JsonObject,
  form: (schema: JsonObject) => JsonObject,
): Sized {
  let known = memory.get(schema);
  if (known === undefined) {
    const shaped = form(schema);
    known = { schema: shaped, bytes: jsonBytes(shaped) };
    memory.set(schema, known);
  }
  return known;
}

const jsonBytes = (value: JsonObject): number => JSON.stringify(value).length;
