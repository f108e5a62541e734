import { isJsonObject, objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { asJsonText, described } from './as-json-text.ts';
import { looksAround } from './looks-around.ts';
import { measureSchema, openaiStrictLimits } from './measure-schema.ts';
import { readShape, type Shape } from './read-shape.ts';

const KEPT: Readonly<Record<string, readonly string[]>> = {
  string: ['pattern'],
  number: ['multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'],
  integer: ['multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'],
  array: ['minItems', 'maxItems'],
};
const FORMATS: ReadonlySet<unknown> = new Set(
  'date-time time date duration email hostname ipv4 ipv6 uuid'.split(' '),
);
const DEPTH_MAX = openaiStrictLimits.depth - 1;

/**
 * Fits an input schema to OpenAI's structured outputs: every property is required and optional ones
 * may be null, objects are closed, and what has no fixed form is JSON text.
 */
export function fitOpenaiStrict(schema: JsonObject): JsonObject {
  const definitions = objectMember(schema, '$defs') ?? {};
  const written = Object.fromEntries(
    Object.entries(definitions).map(([name, inner]) => [name, write(inner, schema, 1)]),
  );
  const { $defs: _, ...own } = schema;
  const shape = readShape(own, schema);
  const properties = shape.kind === 'object' ? shape.properties : {};
  const required = shape.kind === 'object' ? shape.required : new Set<string>();
  let fitted = closed(properties, required, schema, 0);
  const root = (): JsonObject => withDefinitions(fitted, written);
  // What is still too much is given as text, the largest argument first.
  const sizes = Object.entries(objectMember(fitted, 'properties') ?? {})
    .map(([name, inner]) => [name, measureSchema(withDefinitions({ inner }, written))] as const)
    .toSorted(([, one], [, two]) => two.properties - one.properties);
  for (const [name] of sizes) {
    if (openaiStrictLimits.fits(measureSchema(root()))) break;
    const words = readShape(properties[name], schema).description;
    const text = asJsonText(words, !required.has(name));
    fitted = { ...fitted, properties: { ...objectMember(fitted, 'properties'), [name]: text } };
  }
  return root();
}

/** The schema with the definitions that it still reaches. */
function withDefinitions(schema: JsonObject, definitions: JsonObject): JsonObject {
  const reached = new Set<string>();
  const follow = (value: Json): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/\$defs\/([^"]+)"/g)) {
      if (reached.has(name)) continue;
      reached.add(name);
      follow(definitions[name] ?? {});
    }
  };
  follow(schema);
  if (reached.size === 0) return schema;
  const kept = Object.entries(definitions).filter(([name]) => reached.has(name));
  return { ...schema, $defs: Object.fromEntries(kept) };
}

function closed(
  properties: Readonly<Record<string, Json>>,
  required: ReadonlySet<string>,
  root: JsonObject,
  depth: number,
): JsonObject {
  const written = Object.entries(properties).map(([name, inner]): [string, Json] => {
    const fitted = write(inner, root, depth + 1);
    return [name, required.has(name) ? fitted : orNull(fitted)];
  });
  return {
    type: 'object',
    properties: Object.fromEntries(written),
    required: Object.keys(properties),
    additionalProperties: false,
  };
}

function write(schema: Json, root: JsonObject, depth: number): JsonObject {
  const shape = readShape(schema, root);
  const fitted = writeShape(shape, root, depth);
  return shape.nullable ? orNull(fitted) : fitted;
}

function writeShape(shape: Shape, root: JsonObject, depth: number): JsonObject {
  const words = described(shape.description);
  switch (shape.kind) {
    case 'any':
      return asJsonText(shape.description);
    case 'reference':
      return { $ref: `#/$defs/${shape.name}` };
    case 'value':
      return { type: shape.type, ...words, ...keptOf(shape.type, shape) };
    case 'array':
      if (depth >= DEPTH_MAX) return asJsonText(shape.description);
      return {
        type: 'array',
        ...words,
        ...keptOf('array', shape),
        items: write(shape.items, root, depth + 1),
      };
    case 'choice':
      if (depth >= DEPTH_MAX || shape.branches.length === 0) return asJsonText(shape.description);
      return { ...words, anyOf: shape.branches.map((branch) => write(branch, root, depth)) };
    case 'object':
      if (depth >= DEPTH_MAX || Object.keys(shape.properties).length === 0) {
        return asJsonText(shape.description);
      }
      return { ...words, ...closed(shape.properties, shape.required, root, depth) };
  }
}

function keptOf(type: string, shape: Shape): JsonObject {
  const kept = (KEPT[type] ?? []).filter((key) => {
    const value = shape.source[key];
    return value !== undefined && !(key === 'pattern' && looksAround(value));
  });
  const format = shape.source['format'];
  return {
    ...Object.fromEntries(kept.map((key) => [key, shape.source[key] ?? null])),
    ...(type === 'string' && FORMATS.has(format) ? { format: format ?? null } : {}),
    ...(shape.kind === 'value' && shape.values !== undefined ? { enum: shape.values } : {}),
  };
}

function orNull(schema: JsonObject): JsonObject {
  const { type, enum: values, anyOf } = schema;
  if (Array.isArray(anyOf)) {
    const branches = anyOf as readonly Json[];
    const has = branches.some((branch) => isJsonObject(branch) && branch['type'] === 'null');
    return has ? schema : { ...schema, anyOf: [...branches, { type: 'null' }] };
  }
  if (Array.isArray(type)) return schema;
  if (typeof type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  const more = Array.isArray(values) ? { enum: [...(values as readonly Json[]), null] } : {};
  return { ...schema, type: [type, 'null'], ...more };
}
