import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';

/** A schema nested more deeply is left as it is. */
const DEPTH_MAX = 64;
const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

/** Keywords whose value is one schema, a list of schemas, or schemas by name. */
const ONE = new Set(
  (
    'additionalProperties not if then else contains propertyNames ' +
    'unevaluatedProperties unevaluatedItems contentSchema'
  ).split(' '),
);
const LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const MAPS = new Set([
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
]);
/** Keywords whose value may be anything, null too. */
const DATA = new Set(['default', 'const', 'enum', 'example', 'examples']);

/** Keywords by the type that their value must have. */
const TEXTS = new Set(
  'title description pattern format $ref $id $schema $anchor $comment'.split(' '),
);
const COUNTS = new Set(
  'minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains'.split(
    ' ',
  ),
);
const NUMBERS = new Set(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']);
const FLAGS = new Set(['uniqueItems', 'readOnly', 'writeOnly', 'deprecated']);

/**
 * What a tool takes, as an object schema (MCP, `Tool.inputSchema`): arguments are always an object,
 * so a schema of anything else says nothing about them.
 */
export function mendInputSchema(schema: Json | undefined): JsonObject {
  if (!isJsonObject(schema)) return { type: 'object', properties: {} };
  const { type } = schema;
  const isOther = typeof type === 'string' && type !== 'object' && !('properties' in schema);
  if (isOther && TYPES.includes(type)) return { type: 'object', properties: {} };
  const mended = mendObject(schema, 0);
  return mended['type'] === 'object' ? mended : { ...mended, type: 'object' };
}

/** What a tool gives, or undefined when no client could read the schema. */
export function mendOutputSchema(schema: Json | undefined): JsonObject | undefined {
  if (!isJsonObject(schema)) return undefined;
  const mended = mendObject(schema, 0);
  return isResolved(mended, mended, 0) ? mended : undefined;
}

function mendObject(schema: JsonObject, depth: number): JsonObject {
  if (depth > DEPTH_MAX) return schema;
  const lifted = liftRequired(schema);
  let isChanged = lifted !== schema;
  const entries: [string, Json][] = [];
  for (const [key, value] of Object.entries(lifted)) {
    const mended = mendKeyword(key, value, depth);
    if (mended !== value) isChanged = true;
    if (mended !== undefined) entries.push([key, mended]);
  }
  return isChanged ? Object.fromEntries(entries) : schema;
}

/** `required` beside the properties it names, where it was written among them. */
function liftRequired(schema: JsonObject): JsonObject {
  const { properties } = schema;
  if (!isJsonObject(properties) || !Array.isArray(properties['required'])) return schema;
  const { required, ...own } = properties;
  const before = Array.isArray(schema['required']) ? (schema['required'] as readonly Json[]) : [];
  const names = [...new Set([...before, ...(required as readonly Json[])])];
  return { ...schema, properties: own, required: names.filter((name) => isNameOf(own, name)) };
}

function isNameOf(properties: JsonObject, name: Json): boolean {
  return typeof name === 'string' && Object.hasOwn(properties, name);
}

/** The value as the keyword may have it; undefined leaves the keyword out. */
function mendKeyword(key: string, value: Json, depth: number): Json | undefined {
  if (DATA.has(key)) return key === 'enum' && !isFilled(value) ? undefined : value;
  if (value === null) return undefined;
  if (key === 'type') return mendType(value);
  if (key === 'required') return mendNames(value);
  if (key === 'items') return mendItems(value, depth);
  if (ONE.has(key)) return mendOne(value, depth);
  if (LISTS.has(key)) return isFilled(value) ? mendAll(value, depth) : undefined;
  if (MAPS.has(key)) return mendMap(key, value, depth);
  if (key === 'pattern' && typeof value === 'string') return isPattern(value) ? value : undefined;
  return hasItsType(key, value) ? value : undefined;
}

function hasItsType(key: string, value: Json): boolean {
  if (TEXTS.has(key)) return typeof value === 'string';
  if (COUNTS.has(key)) return typeof value === 'number' && value >= 0 && Number.isInteger(value);
  if (NUMBERS.has(key)) return typeof value === 'number';
  if (key === 'multipleOf') return typeof value === 'number' && value > 0;
  return FLAGS.has(key) ? typeof value === 'boolean' : true;
}

function isFilled(value: Json): value is readonly Json[] {
  return Array.isArray(value) && value.length > 0;
}

function mendType(value: Json): Json | undefined {
  if (typeof value === 'string') return TYPES.includes(value) ? value : knownType(value);
  if (!Array.isArray(value)) return undefined;
  const list = value as readonly Json[];
  const known = [...new Set(list)].filter((one) => TYPES.includes(one as string));
  if (known.length === 0) return undefined;
  return known.length === list.length ? list : known;
}

function knownType(value: string): string | undefined {
  const lower = value.toLowerCase();
  return TYPES.find((type) => type === lower);
}

function mendNames(value: Json): Json | undefined {
  if (!Array.isArray(value)) return undefined;
  const list = value as readonly Json[];
  const names = [...new Set(list)].filter((name) => typeof name === 'string');
  return names.length === list.length ? list : names;
}

function mendItems(value: Json, depth: number): Json | undefined {
  return Array.isArray(value) ? mendAll(value as readonly Json[], depth) : mendOne(value, depth);
}

function mendOne(value: Json, depth: number): Json | undefined {
  if (typeof value === 'boolean') return value;
  return isJsonObject(value) ? mendObject(value, depth + 1) : undefined;
}

function mendAll(values: readonly Json[], depth: number): Json {
  const mended = values.map((one) => mendOne(one, depth) ?? {});
  return mended.every((one, at) => one === values[at]) ? values : mended;
}

/** Strict clients take no schema among properties but an object. */
function mendMap(key: string, value: Json, depth: number): Json | undefined {
  if (!isJsonObject(value)) return undefined;
  let isChanged = false;
  const entries: [string, Json][] = [];
  for (const [name, one] of Object.entries(value)) {
    if (key === 'patternProperties' && !isPattern(name)) {
      isChanged = true;
      continue;
    }
    const mended = mendMember(one, depth);
    if (mended !== one) isChanged = true;
    entries.push([name, mended]);
  }
  return isChanged ? Object.fromEntries(entries) : value;
}

function mendMember(value: Json, depth: number): JsonObject {
  if (isJsonObject(value)) return mendObject(value, depth + 1);
  if (value === false) return { not: {} };
  const type = typeof value === 'string' ? knownType(value) : undefined;
  return type === undefined ? {} : { type };
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** True when every reference leads to a place in the schema itself. */
function isResolved(value: Json, root: JsonObject, depth: number): boolean {
  if (depth > DEPTH_MAX) return false;
  if (Array.isArray(value)) {
    return (value as readonly Json[]).every((one) => isResolved(one, root, depth + 1));
  }
  if (!isJsonObject(value)) return true;
  return Object.entries(value).every(([key, one]) => {
    if (key === '$ref' && typeof one === 'string') return isThere(one, root);
    // Among schemas by name no name is a keyword.
    if (MAPS.has(key) && isJsonObject(one)) {
      return Object.values(one).every((each) => isResolved(each, root, depth + 1));
    }
    return DATA.has(key) || isResolved(one, root, depth + 1);
  });
}

function isThere(reference: string, root: JsonObject): boolean {
  if (reference === '#') return true;
  if (!reference.startsWith('#/')) return false;
  let at: Json | undefined = root;
  for (const part of reference.slice(2).split('/')) {
    const name = unescaped(part);
    if (name === undefined || typeof at !== 'object' || at === null) return false;
    at = Object.hasOwn(at, name) ? (at as JsonObject)[name] : undefined;
  }
  return isJsonObject(at) || typeof at === 'boolean';
}

function unescaped(part: string): string | undefined {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}
