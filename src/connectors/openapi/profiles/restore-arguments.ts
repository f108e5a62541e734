import { isJsonObject, objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { parseExactJson } from '../../../kernel/numbers/exact-json.ts';
import { typeNames, viewsOf } from './schema-views.ts';

const DEPTH_MAX = 64;
const VIEWS_MAX = 64;

/**
 * Turns arguments that fit a profile's schema into arguments that fit the full one: null where the
 * full schema has no null is left out, and JSON text where it has a structure is read.
 */
export function restoreArguments(input: JsonObject, schema: JsonObject): JsonObject {
  const value = restore(input, [schema], schema, 0);
  return isJsonObject(value) ? value : input;
}

function restore(value: Json, schemas: readonly Json[], root: JsonObject, depth: number): Json {
  const views = schemas.flatMap((schema) => viewsOf(schema, root, 0)).slice(0, VIEWS_MAX);
  if (depth > DEPTH_MAX || value === null) return value;
  if (typeof value === 'string') {
    const read = fromText(value, views);
    return typeof read === 'string' ? read : restore(read, schemas, root, depth + 1);
  }
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = views.flatMap((view) => view['items'] ?? []);
    return (value as readonly Json[]).map((item) => restore(item, items, root, depth + 1));
  }
  const entries = Object.entries(value as JsonObject).flatMap(([key, inner]): [string, Json][] => {
    const known = views.flatMap((view) => {
      const properties = objectMember(view, 'properties');
      if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key] ?? [];
      return view['additionalProperties'] ?? [];
    });
    if (inner === null && known.length > 0 && !takesNull(known, root)) return [];
    return [[key, restore(inner, known, root, depth + 1)]];
  });
  return Object.fromEntries(entries);
}

/** JSON text stands for a structure when text is not what is wanted, or anything is. */
function fromText(text: string, views: readonly JsonObject[]): Json {
  const wanted = views.length > 0 && views.every((view) => !isText(view));
  if (!wanted && !/^\s*[[{]/.test(text)) return text;
  if (!wanted && views.some((view) => typeNames(view).includes('string'))) return text;
  try {
    return parseExactJson(text);
  } catch {
    return text;
  }
}

function isText(view: JsonObject): boolean {
  const types = typeNames(view);
  const listed = view['enum'];
  if (types.length > 0) return types.includes('string');
  if (Array.isArray(listed)) return listed.some((value) => typeof value === 'string');
  return view['properties'] === undefined && view['items'] === undefined;
}

function takesNull(schemas: readonly Json[], root: JsonObject): boolean {
  return schemas
    .flatMap((schema) => viewsOf(schema, root, 0))
    .some((view) => {
      const types = typeNames(view);
      const listed = view['enum'];
      if (types.includes('null') || view['const'] === null) return true;
      return Array.isArray(listed) && listed.includes(null);
    });
}
