import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { readShape } from './read-shape.ts';

/** Keywords whose members are names, not schemas. */
const MAPS: ReadonlySet<string> = new Set(['properties', '$defs']);
const DROPPED: ReadonlySet<string> = new Set(['format', 'anyOf', 'oneOf', 'allOf', 'not']);
/** Keywords that hold values. */
const VALUES: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'required', 'type']);

/** Fits an input schema to Cursor: no combinations, one type each, no formats. */
export function fitCursor(schema: JsonObject): JsonObject {
  return write(schema, schema);
}

function write(schema: Json, root: JsonObject): JsonObject {
  if (!isJsonObject(schema)) return {};
  const shape = readShape(schema, root);
  const { description } = shape;
  const words = description === undefined ? {} : { description };
  if (shape.kind === 'choice') return { ...words, ...choice(shape.branches, root) };
  const combined = ['anyOf', 'oneOf', 'allOf'].some((key) => schema[key] !== undefined);
  const source =
    combined && shape.kind === 'object'
      ? { type: 'object', properties: shape.properties, required: [...shape.required] }
      : shape.source;
  const plain = Object.entries(source).flatMap(([key, value]): [string, Json][] => {
    if (DROPPED.has(key)) return [];
    if (key === 'type' && Array.isArray(value)) return [[key, oneType(value as readonly Json[])]];
    if (VALUES.has(key)) return [[key, value]];
    if (MAPS.has(key) && isJsonObject(value)) return [[key, each(value, root)]];
    return [[key, isJsonObject(value) ? write(value, root) : value]];
  });
  return { ...Object.fromEntries(plain), ...words };
}

/** Branches that are objects become one object; otherwise the first branch stands for all. */
function choice(branches: readonly Json[], root: JsonObject): JsonObject {
  const shapes = branches.map((branch) => readShape({ allOf: [branch] }, root));
  const objects = shapes.flatMap((shape) => (shape.kind === 'object' ? [shape] : []));
  if (objects.length === 0 || objects.length < shapes.length) {
    const [first] = branches;
    return first === undefined ? {} : write(first, root);
  }
  const all = Object.assign({}, ...objects.map(({ properties }) => properties)) as JsonObject;
  return { type: 'object', properties: each(all, root) };
}

const each = (schemas: JsonObject, root: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(schemas).map(([name, inner]) => [name, write(inner, root)]));

const oneType = (types: readonly Json[]): Json => types.find((type) => type !== 'null') ?? 'string';
