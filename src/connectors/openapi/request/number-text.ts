import { isRawNumber, rawNumber } from '../../../kernel/json-digits.ts';
import { isJsonObject, objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { isLongNumber } from '../../../kernel/numbers/exact-json.ts';
import { typeNames, viewsOf } from '../profiles/schema-views.ts';
import { safeKey } from '../text/safe-key.ts';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const WHOLE = /^-?\d+$/;
const VIEWS_MAX = 64;

/**
 * Makes numbers of digits that were given as text where the schema means a number. Models give
 * ids of 64 bits and exact decimals as text, because a JSON number would lose their digits on the
 * way; the API gets the very digits. Text that the schema allows stays text.
 */
export function readNumberText(value: Json, schema: Json, root: JsonObject): Json {
  return holdsNumberText(value) ? read(value, [schema], root) : value;
}

function holdsNumberText(value: Json): boolean {
  if (typeof value === 'string') return NUMBER.test(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((inner: Json) => holdsNumberText(inner));
}

function read(value: Json, schemas: readonly Json[], root: JsonObject): Json {
  if (typeof value === 'string') {
    if (!NUMBER.test(value)) return value;
    const views = viewsOfAll(schemas, root);
    return meansNumber(value, views) ? rawNumber(value) : value;
  }
  if (typeof value !== 'object' || value === null || isRawNumber(value)) return value;
  const views = viewsOfAll(schemas, root);
  if (views.length === 0) return value;
  if (Array.isArray(value)) {
    const items = views.flatMap((view) => view['items'] ?? []);
    return (value as readonly Json[]).map((item) => read(item, items, root));
  }
  const entries = Object.entries(value as JsonObject).map(([key, inner]): [string, Json] => {
    const known = views.flatMap((view) => memberSchema(view, safeKey(key)));
    return [key, read(inner, known, root)];
  });
  return Object.fromEntries(entries);
}

function memberSchema(view: JsonObject, key: string): readonly Json[] {
  const properties = objectMember(view, 'properties');
  if (properties !== undefined && Object.hasOwn(properties, key)) return [properties[key] ?? {}];
  const others = view['additionalProperties'];
  return isJsonObject(others) ? [others] : [];
}

/** True when every view that says anything of the type says a number. */
function meansNumber(text: string, views: readonly JsonObject[]): boolean {
  const types = views.flatMap(typeNames);
  const numeric = types.some(
    (type) => type === 'number' || (type === 'integer' && WHOLE.test(text)),
  );
  return numeric && !views.some(allowsText);
}

/** Text is meant where a view lists it; but listed digits beside a number are long numbers. */
function allowsText(view: JsonObject): boolean {
  const listed = Array.isArray(view['enum']) ? (view['enum'] as readonly Json[]) : [];
  const types = typeNames(view);
  const texts = [view['const'], ...listed].filter((value) => typeof value === 'string');
  const numeric = types.includes('integer') || types.includes('number');
  if (numeric && texts.length > 0 && texts.every(isLongNumber)) return false;
  return texts.length > 0 || types.includes('string');
}

const viewsOfAll = (schemas: readonly Json[], root: JsonObject): readonly JsonObject[] =>
  schemas.flatMap((schema) => viewsOf(schema, root)).slice(0, VIEWS_MAX);
