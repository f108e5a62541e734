import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { cleanText } from '../text/clean-text.ts';
import { describeKinds } from './describe-kinds.ts';
import { safeKey } from '../text/safe-key.ts';
import { safePattern } from './safe-pattern.ts';
import { lostToSiblings, readOnlyNames } from './read-only-names.ts';
import {
  enumValues,
  fittingDefault,
  scalarKeywords,
  shownTypes,
  typesOf,
} from './schema-keywords.ts';
import type { SourceDocument } from '../document/source-document.ts';

/** Collects what one converted schema depends on. */
export interface Conversion {
  readonly document: SourceDocument;
  /** Registers a reference and returns the name of its definition. */
  readonly refer: (pointer: string) => string;
  readonly rename: (safe: string, original: string) => void;
  readonly report: (code: string, text: string) => void;
  /** False once references without a home have been written out often enough. */
  readonly mayInline: () => boolean;
  /** Longest description, in characters. */
  readonly wordsMax: number;
  /** The schema that references without a home in the document are looked up in. */
  readonly scope: Json;
}

type Entries = [string, Json][];

/** Keywords that describe and constrain nothing. */
const NOTES: ReadonlySet<string> = new Set(['description', 'deprecated', 'default']);
const NONE: ReadonlySet<string> = new Set();
const DEFINITION_PREFIX = '#/$defs/';

/**
 * Turns a schema of any dialect into JSON Schema 2020-12 for tool input: references stay
 * references, read-only properties are left out, keys are safe for every model. `answered` are
 * names that only an answer carries, as the schemas beside this one say.
 */
export function convertSchema(
  value: Json,
  conversion: Conversion,
  depth = 0,
  answered: ReadonlySet<string> = NONE,
): JsonObject {
  if (value === false) return { not: {} };
  if (!isJsonObject(value) || depth > limits.schemaDepthMax) return {};
  const reference = value['$ref'] ?? value['$dynamicRef'];
  if (typeof reference === 'string') return convertReference(value, reference, conversion, depth);
  const types = typesOf(value);
  const nullable = value['nullable'] === true || value['x-nullable'] === true;
  const values = enumValues(value, types);
  const out: Entries = scalarKeywords(value, shownTypes(value, types), conversion.wordsMax);
  if (values !== undefined) out.push(['enum', renamedData(values, conversion)]);
  if (value['const'] !== undefined) out.push(['const', renamedData(value['const'], conversion)]);
  const fallback = fittingDefault(value, types, values);
  if (fallback !== undefined) out.push(['default', fallback]);
  const fixed = nullable ? withNullBranch(value) : value;
  const converted = convertBranches(fixed, out, conversion, { depth, answered });
  return nullable && types === undefined && value['allOf'] !== undefined
    ? { anyOf: [converted, { type: 'null' }] }
    : converted;
}

/** The keywords that hold schemas. */
function convertBranches(
  value: JsonObject,
  out: Entries,
  conversion: Conversion,
  { depth, answered }: { readonly depth: number; readonly answered: ReadonlySet<string> },
): JsonObject {
  const inner = (schema: Json): JsonObject => convertSchema(schema, conversion, depth + 1);
  const hidden = new Set([...answered, ...readOnlyNames(value, conversion.document)]);
  objectKeywords(value, out, conversion, inner, hidden);
  arrayKeywords(value, out, inner);
  for (const keyword of ['not', 'if', 'then', 'else', 'propertyNames'] as const) {
    if (isJsonObject(value[keyword])) out.push([keyword, inner(value[keyword])]);
  }
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const branches = schemaList(value[keyword]);
    if (branches.length > 0) {
      const tags = discriminatorTags(value, conversion.document);
      const select = (branch: Json): JsonObject =>
        tagged(branch, inner(branch), tags, conversion.document);
      out.push([keyword, branches.map(select)]);
    }
  }
  const all = schemaList(value['allOf']);
  const own = Object.fromEntries(out);
  if (all.length === 0) return own;
  const branches = all.map((branch) => {
    const plain = isJsonObject(branch) && branch['$ref'] === undefined;
    if (plain) return convertSchema(branch, conversion, depth + 1, hidden);
    // A component that needs what only a sibling knows to be read-only is written out.
    const target = lostToSiblings(branch, hidden, conversion.document);
    return target !== undefined && conversion.mayInline()
      ? convertSchema(target, conversion, depth + 1, hidden)
      : inner(branch);
  });
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) {
    const clash = Object.keys(only).some((key) => key !== 'description' && Object.hasOwn(own, key));
    // Readers of one family or another pass over what stands beside a reference.
    const beside = only['$ref'] !== undefined && Object.keys(own).some((key) => !NOTES.has(key));
    if (!clash && !beside) return { ...only, ...own };
  }
  return { ...own, allOf: branches };
}

function convertReference(
  value: JsonObject,
  reference: string,
  conversion: Conversion,
  depth: number,
): JsonObject {
  const target = conversion.document.resolveChain(reference, conversion.scope);
  const note = typeof value['description'] === 'string' ? value['description'] : '';
  const description = cleanText(note, conversion.wordsMax);
  const own = description === '' ? {} : { description };
  if (target === undefined) {
    conversion.report('unresolved_reference', `"${reference}" leads nowhere`);
    return own;
  }
  const local = target.pointer === '';
  if (local && !conversion.mayInline()) return own;
  if (local || isLeaf(target.value)) {
    return { ...convertSchema(target.value, conversion, depth + 1), ...own };
  }
  const name = conversion.refer(target.pointer);
  const siblings = siblingsOf(value, conversion.document.dialect);
  const rest = siblings === undefined ? {} : convertSchema(siblings, conversion, depth + 1);
  const referring: JsonObject = { ...rest, ...own, $ref: `${DEFINITION_PREFIX}${name}` };
  return value['nullable'] === true || value['x-nullable'] === true
    ? { anyOf: [referring, { type: 'null' }] }
    : referring;
}

/** From 3.1 on, keywords beside `$ref` count. */
function siblingsOf(value: JsonObject, dialect: string): JsonObject | undefined {
  if (dialect === '2.0' || dialect === '3.0') return undefined;
  const others = Object.entries(value).filter(
    ([key]) => !['$ref', '$dynamicRef', 'description', 'nullable', 'x-nullable'].includes(key),
  );
  return others.length === 0 ? undefined : Object.fromEntries(others);
}

/** A small schema without structure is cheaper written out than referred to. */
function isLeaf(value: Json): boolean {
  if (!isJsonObject(value)) return true;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'example' || key === 'examples' || key.startsWith('x-')) continue;
    if (key === 'enum' && Array.isArray(inner) && inner.length <= 12) continue;
    if (key === 'type' && Array.isArray(inner)) continue;
    if (typeof inner === 'object' && inner !== null) return false;
    if (key.startsWith('$')) return false;
  }
  return value['type'] !== undefined;
}

function objectKeywords(
  value: JsonObject,
  out: Entries,
  conversion: Conversion,
  inner: (schema: Json) => JsonObject,
  answered: ReadonlySet<string>,
): void {
  const hidden = readOnlyNames(value, conversion.document);
  const key = (name: string): string => {
    const safe = safeKey(name);
    if (safe !== name) conversion.rename(safe, name);
    return safe;
  };
  const { properties, required, additionalProperties } = value;
  if (isJsonObject(properties)) {
    const kinds = describeKinds(value, conversion.document);
    const shown = (name: string, schema: Json): JsonObject =>
      name === kinds?.property
        ? withNote(inner(schema), kinds.text, conversion.wordsMax)
        : inner(schema);
    const kept = Object.entries(properties).filter(([name]) => !hidden.has(name));
    const entries = kept.map(([name, it]) => [key(name), shown(name, it)]);
    out.push(['properties', Object.fromEntries(entries)]);
  }
  const settable = (name: string): boolean =>
    additionalProperties !== false ||
    value['patternProperties'] !== undefined ||
    (isJsonObject(properties) && Object.hasOwn(properties, name));
  const names = stringList(required).filter((name) => !answered.has(name) && settable(name));
  if (names.length > 0) out.push(['required', [...new Set(names)].map(key)]);
  for (const keyword of ['additionalProperties', 'unevaluatedProperties'] as const) {
    const schema = keyword === 'additionalProperties' ? additionalProperties : value[keyword];
    if (schema === false) out.push([keyword, false]);
    else if (isJsonObject(schema)) out.push([keyword, inner(schema)]);
  }
  if (isJsonObject(value['patternProperties'])) {
    const kept = Object.entries(value['patternProperties']).flatMap(([pattern, schema]) => {
      const safe = safePattern(pattern);
      return safe === undefined ? [] : [[safe, inner(schema)] as const];
    });
    if (kept.length > 0) out.push(['patternProperties', Object.fromEntries(kept)]);
  }
  dependencies(value, out, key, inner);
}

function withNote(schema: JsonObject, note: string, wordsMax: number): JsonObject {
  const words = typeof schema['description'] === 'string' ? schema['description'] : '';
  const description = cleanText(words === '' ? note : `${words} ${note}`, wordsMax);
  return description === '' ? schema : { ...schema, description };
}

function dependencies(
  value: JsonObject,
  out: Entries,
  key: (name: string) => string,
  inner: (schema: Json) => JsonObject,
): void {
  const required: Entries = [];
  const schemas: Entries = [];
  for (const keyword of ['dependencies', 'dependentRequired', 'dependentSchemas']) {
    const holder = value[keyword];
    if (!isJsonObject(holder)) continue;
    for (const [name, item] of Object.entries(holder)) {
      if (Array.isArray(item)) required.push([key(name), stringList(item).map(key)]);
      else if (isJsonObject(item)) schemas.push([key(name), inner(item)]);
    }
  }
  if (required.length > 0) out.push(['dependentRequired', Object.fromEntries(required)]);
  if (schemas.length > 0) out.push(['dependentSchemas', Object.fromEntries(schemas)]);
}

function arrayKeywords(value: JsonObject, out: Entries, inner: (schema: Json) => JsonObject): void {
  const { items, additionalItems, contains, prefixItems } = value as {
    [key: string]: Json | undefined;
  };
  const tuple = Array.isArray(items) ? items : prefixItems;
  const prefix = schemaList(tuple).map(inner);
  if (prefix.length > 0) out.push(['prefixItems', prefix]);
  const rest = Array.isArray(items) ? additionalItems : items;
  if (isJsonObject(rest)) out.push(['items', inner(rest)]);
  else if (rest === false) out.push(['items', false]);
  // Some model providers refuse an array that does not say what it holds.
  else if (prefix.length === 0 && out.some(([key, type]) => key === 'type' && holdsArray(type))) {
    out.push(['items', {}]);
  }
  if (isJsonObject(contains)) out.push(['contains', inner(contains)]);
}

const holdsArray = (type: Json): boolean =>
  type === 'array' || (Array.isArray(type) && type.includes('array'));

/** A nullable union gets a branch for null. */
function withNullBranch(value: JsonObject): JsonObject {
  for (const keyword of ['oneOf', 'anyOf']) {
    const branches = value[keyword];
    if (Array.isArray(branches))
      return { ...value, [keyword]: [...(branches as readonly Json[]), { type: 'null' }] };
  }
  return value;
}

/** `discriminator.mapping`, turned round: reference to the values that select it. */
function discriminatorTags(
  value: JsonObject,
  document: SourceDocument,
): { readonly property: string; readonly byPointer: ReadonlyMap<string, string[]> } | undefined {
  const discriminator = value['discriminator'];
  if (!isJsonObject(discriminator) || !isJsonObject(discriminator['mapping'])) return undefined;
  const property = discriminator['propertyName'];
  if (typeof property !== 'string') return undefined;
  const byPointer = new Map<string, string[]>();
  for (const [tag, reference] of Object.entries(discriminator['mapping'])) {
    if (typeof reference !== 'string') continue;
    const full = reference.includes('/') ? reference : `#/components/schemas/${reference}`;
    const pointer = document.resolve(full)?.pointer;
    if (pointer !== undefined) byPointer.set(pointer, [...(byPointer.get(pointer) ?? []), tag]);
  }
  return { property, byPointer };
}

/** Says in the branch itself which tag selects it. */
function tagged(
  branch: Json,
  converted: JsonObject,
  tags: ReturnType<typeof discriminatorTags>,
  document: SourceDocument,
): JsonObject {
  const reference = isJsonObject(branch) ? branch['$ref'] : undefined;
  if (tags === undefined || typeof reference !== 'string') return converted;
  const values = tags.byPointer.get(document.resolve(reference)?.pointer ?? '');
  if (values === undefined || converted['$ref'] === undefined) return converted;
  const key = safeKey(tags.property);
  const only = values.length === 1 ? { const: values[0] as string } : { enum: values };
  return { ...converted, properties: { [key]: only }, required: [key] };
}

/** Keys inside fixed values are renamed like the properties they are compared with. */
function renamedData(value: Json, conversion: Conversion): Json {
  if (Array.isArray(value)) return value.map((item: Json) => renamedData(item, conversion));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => {
    const safe = safeKey(name);
    if (safe !== name) conversion.rename(safe, name);
    return [safe, renamedData(inner, conversion)] as const;
  });
  return Object.fromEntries(entries);
}

const schemaList = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value)
    ? (value as readonly Json[]).filter((item) => typeof item === 'object' && item !== null)
    : [];

const stringList = (value: Json | undefined): readonly string[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter((item) => typeof item === 'string') : [];
