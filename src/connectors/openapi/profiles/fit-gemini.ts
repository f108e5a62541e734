import { objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { described } from './as-json-text.ts';
import { looksAround } from './looks-around.ts';
import { readShape, type Shape } from './read-shape.ts';

const DEPTH_MAX = 6;
const BYTES_MAX = 24 * 1024;
const KEPT: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern'],
  number: ['minimum', 'maximum'],
  integer: ['minimum', 'maximum'],
  array: ['minItems', 'maxItems'],
};

interface Writing {
  readonly root: JsonObject;
  /** Definitions that are being written, which a reference may not enter again. */
  readonly open: readonly string[];
  readonly depth: number;
  readonly depthMax: number;
}

/**
 * Fits an input schema to Gemini's function declarations (a part of OpenAPI 3.0): no references,
 * one type each, `nullable`, lists of texts only. What has no fixed form is JSON text.
 */
export function fitGemini(schema: JsonObject): JsonObject {
  for (let depthMax = DEPTH_MAX; ; depthMax -= 1) {
    const shape = readShape(schema, schema);
    const properties = shape.kind === 'object' ? shape.properties : {};
    const required = shape.kind === 'object' ? shape.required : new Set<string>();
    const fitted = object(properties, required, { root: schema, open: [], depth: 0, depthMax });
    if (depthMax <= 1 || JSON.stringify(fitted).length <= BYTES_MAX) return fitted;
  }
}

function object(
  properties: Readonly<Record<string, Json>>,
  required: ReadonlySet<string>,
  writing: Writing,
): JsonObject {
  const deeper = { ...writing, depth: writing.depth + 1 };
  const needed = Object.keys(properties).filter((name) => required.has(name));
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [name, write(inner, deeper)]),
    ),
    ...(needed.length === 0 ? {} : { required: needed }),
  };
}

function write(schema: Json | undefined, writing: Writing): JsonObject {
  const shape = readShape(schema, writing.root);
  if (shape.kind !== 'reference') {
    const fitted = writeShape(shape, writing);
    return alone(shape.nullable ? { ...fitted, nullable: true } : fitted);
  }
  const { name, description, nullable } = shape;
  if (writing.open.includes(name)) return text(description);
  const target = objectMember(writing.root, '$defs')?.[name];
  const inner = write(target, { ...writing, open: [...writing.open, name] });
  return alone({ ...inner, ...described(description), ...(nullable ? { nullable: true } : {}) });
}

/** Nothing may stand beside `anyOf`: its branches say what the whole said. */
function alone(schema: JsonObject): JsonObject {
  const { anyOf, description, nullable } = schema;
  if (!Array.isArray(anyOf)) return schema;
  const branches = (anyOf as readonly JsonObject[]).map((branch, at) => {
    const words = at === 0 && typeof description === 'string' ? description : undefined;
    const own = typeof branch['description'] === 'string' ? branch['description'] : undefined;
    const both = [words, own].filter((part) => part !== undefined).join(' ');
    return alone({
      ...branch,
      ...described(both === '' ? undefined : both),
      ...(nullable === true ? { nullable: true } : {}),
    });
  });
  return { anyOf: branches };
}

function writeShape(shape: Shape, writing: Writing): JsonObject {
  const { depth, depthMax } = writing;
  const words = described(shape.description);
  switch (shape.kind) {
    case 'any':
    case 'reference':
      return text(shape.description);
    case 'value':
      return { ...words, ...value(shape) };
    case 'array':
      if (depth >= depthMax) return text(shape.description);
      return {
        ...words,
        type: 'array',
        ...keptOf('array', shape.source),
        items: write(shape.items, { ...writing, depth: depth + 1 }),
      };
    case 'choice':
      if (depth >= depthMax || shape.branches.length === 0) return text(shape.description);
      return {
        ...words,
        anyOf: shape.branches.map((branch) => write(branch, { ...writing, depth: depth + 1 })),
      };
    case 'object':
      if (depth >= depthMax || Object.keys(shape.properties).length === 0) {
        return text(shape.description);
      }
      return { ...words, ...object(shape.properties, shape.required, writing) };
  }
}

function value(shape: Extract<Shape, { kind: 'value' }>): JsonObject {
  const { type, values, source, description } = shape;
  const dated = type === 'string' && source['format'] === 'date-time';
  const plain = {
    type,
    ...(dated ? { format: 'date-time' } : {}),
    ...keptOf(type, source),
  };
  if (values === undefined) return plain;
  const texts = values.filter((one) => typeof one === 'string' && one !== '');
  if (type === 'string' && texts.length === values.length) return { ...plain, enum: texts };
  // Only texts may be listed; others are named.
  const listed = `One of ${values.map((one) => JSON.stringify(one)).join(', ')}.`;
  return { ...plain, description: [description, listed].filter(Boolean).join(' ').slice(0, 1_000) };
}

const keptOf = (type: string, source: JsonObject): JsonObject =>
  Object.fromEntries(
    (KEPT[type] ?? []).flatMap((key) => {
      const kept = source[key];
      return kept === undefined || (key === 'pattern' && looksAround(kept)) ? [] : [[key, kept]];
    }),
  );

const text = (description: string | undefined): JsonObject => ({
  type: 'string',
  description: `${description === undefined ? '' : `${description} `}(JSON text)`,
});
