import { isJsonObject, withoutMembers, type Json, type JsonObject } from '../../../kernel/json.ts';

const DEPTH_MAX = 16;
/** What stands at the root of the schema that is shown, whatever is wrapped. */
const ROOT_MEMBERS = ['$schema', '$id', '$defs', 'definitions'] as const;
const LIFTED: readonly string[] = ['#/$defs/', '#/definitions/'];

/** What values a schema allows: objects, and others than objects. */
interface Allowed {
  readonly objects: boolean;
  readonly others: boolean;
}

const everything: Allowed = { objects: true, others: true };

/** Older revisions have objects only: anything else goes as the member `result` of one. */
export function isCarriedInResult(value: unknown): boolean {
  return !isJsonObject(value);
}

/**
 * The output schema that describes what a legacy client gets (2025-11-25, "Output Schema"): an
 * object. Values are carried by `isCarriedInResult`, so a schema of objects stays what it is, one
 * of other values describes their carrier, and one of both allows either.
 */
export function toLegacyOutputSchema(schema: JsonObject): JsonObject {
  if (schema['type'] === 'object') return schema;
  const { objects, others } = allowedBy(schema, schema, 0);
  if (!others) return { ...schema, type: 'object' };
  const root: Record<string, Json> = { type: 'object' };
  for (const name of ROOT_MEMBERS) {
    if (name !== '$id' && schema[name] !== undefined) root[name] = schema[name];
  }
  const inner = withoutMembers(schema, ROOT_MEMBERS);
  if (!objects) {
    const result = moved(inner, '#/properties/result');
    return { ...root, properties: { result }, required: ['result'] };
  }
  const own = moved(inner, '#/anyOf/0');
  const carrier = {
    type: 'object',
    properties: { result: { $ref: '#/anyOf/0' } },
    required: ['result'],
  };
  return { ...root, anyOf: [own, carrier] };
}

function allowedBy(schema: Json | undefined, root: JsonObject, depth: number): Allowed {
  if (schema === false) return { objects: false, others: false };
  if (!isJsonObject(schema) || depth > DEPTH_MAX) return everything;
  const parts: Allowed[] = [];
  const { type, $ref: reference } = schema;
  const types = typeof type === 'string' ? [type] : type;
  if (Array.isArray(types)) {
    const names = types as readonly Json[];
    parts.push({
      objects: names.includes('object'),
      others: names.some((name) => name !== 'object'),
    });
  }
  const values = 'const' in schema ? [schema['const']] : schema['enum'];
  if (Array.isArray(values)) {
    parts.push({
      objects: values.some(isJsonObject),
      others: values.some((value) => !isJsonObject(value)),
    });
  }
  if (typeof reference === 'string') {
    parts.push(allowedBy(resolved(reference, root), root, depth + 1));
  }
  for (const keyword of ['anyOf', 'oneOf', 'allOf'] as const) {
    const list = schema[keyword];
    if (!Array.isArray(list) || list.length === 0) continue;
    const each = (list as readonly Json[]).map((one) => allowedBy(one, root, depth + 1));
    parts.push(keyword === 'allOf' ? both(each) : either(each));
  }
  return both(parts);
}

function both(parts: readonly Allowed[]): Allowed {
  return {
    objects: parts.every(({ objects }) => objects),
    others: parts.every(({ others }) => others),
  };
}

function either(parts: readonly Allowed[]): Allowed {
  return {
    objects: parts.some(({ objects }) => objects),
    others: parts.some(({ others }) => others),
  };
}

function resolved(reference: string, root: JsonObject): Json | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let at: Json | undefined = root;
  for (const part of reference.slice(2).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as JsonObject)[name];
  }
  return at;
}

/** References to the schema's own root follow it to its new place. */
function moved(value: Json, place: string): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => moved(one, place));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === '$ref' && typeof one === 'string' ? newPlace(one, place) : moved(one, place),
    ]),
  );
}

function newPlace(reference: string, place: string): string {
  const isOwn = reference === '#' || reference.startsWith('#/');
  if (!isOwn || LIFTED.some((start) => reference.startsWith(start))) return reference;
  return `${place}${reference.slice(1)}`;
}
