import type { Filter } from 'scim2-parse-filter';
import { isJsonObject, type Json, type JsonObject } from '../../../../kernel/json.ts';
import { compileFilter, type FilterAttributes } from './scim-filter.ts';
import { type PatchPath, type PatchShape, parsePath, withNames } from './patch-path.ts';
import { scimError } from './scim-protocol.ts';

/** One step of a PATCH (RFC 7644, section 3.5.2). */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path?: string | undefined;
  readonly value?: Json | undefined;
}

/**
 * What a resource is after the operations; it is not changed itself. Throws `invalidPath`,
 * `invalidFilter`, `invalidValue`, `noTarget` or `mutability`.
 */
export function applyPatch(
  resource: JsonObject,
  operations: readonly PatchOperation[],
  shape: PatchShape,
): JsonObject {
  let result = resource;
  for (const { op, path, value } of operations) {
    for (const [at, one] of targets(op, path, value)) {
      const target = parsePath(at, shape);
      if (target === undefined) continue;
      const { attribute } = target;
      if (attribute === 'id') checkSame(result['id'], one);
      else result = put(result, attribute, changed(result[attribute], op, target, one, shape));
    }
  }
  return result;
}

/** Without a path, each member of the value names one; Entra ID writes whole paths there too. */
function targets(
  op: PatchOperation['op'],
  path: string | undefined,
  value: Json | undefined,
): readonly (readonly [string, Json | undefined])[] {
  if (path !== undefined) {
    if (op !== 'remove' && value === undefined) throw scimError('invalidValue', 'Give a value.');
    return [[path, value]];
  }
  if (op === 'remove') throw scimError('noTarget', 'Removing needs a path.');
  if (!isJsonObject(value)) {
    throw scimError('invalidValue', 'Without a path the value is an object of attributes.');
  }
  return Object.entries(value);
}

function checkSame(stored: Json | undefined, given: Json | undefined): void {
  if (stored !== given) throw scimError('mutability', 'The id cannot be changed.');
}

function put(resource: JsonObject, name: string, value: Json | undefined): JsonObject {
  const { [name]: _before, ...others } = resource;
  return value === undefined || value === null ? others : { ...others, [name]: value };
}

function changed(
  before: Json | undefined,
  op: PatchOperation['op'],
  { attribute, filter, sub }: PatchPath,
  given: Json | undefined,
  shape: PatchShape,
): Json | undefined {
  const value = given === undefined ? undefined : withNames(given, shape);
  if (shape.multiValued.has(attribute)) {
    const elements = elementsOf(before);
    if (filter !== undefined) return changeMatching(elements, op, { filter, sub }, value, shape);
    if (sub !== undefined) throw scimError('invalidPath', `Say which of ${attribute}: […].`);
    return changeElements(elements, op, value);
  }
  if (filter !== undefined) throw scimError('invalidPath', `${attribute} has one value.`);
  const isComplex = shape.complex.has(attribute);
  if (sub !== undefined) {
    if (!isComplex) throw scimError('invalidPath', `${attribute} has no sub-attributes.`);
    return put(isJsonObject(before) ? before : {}, sub, op === 'remove' ? undefined : value);
  }
  if (op === 'remove') return undefined;
  return isComplex && isJsonObject(before) && isJsonObject(value) ? { ...before, ...value } : value;
}

function elementsOf(value: Json | undefined): readonly JsonObject[] {
  if (value === undefined || value === null) return [];
  const list: readonly Json[] = Array.isArray(value) ? value : [value];
  return list.map((one) => {
    if (isJsonObject(one)) return one;
    throw scimError('invalidValue', 'Its elements are objects with a value.');
  });
}

function changeElements(
  elements: readonly JsonObject[],
  op: PatchOperation['op'],
  value: Json | undefined,
): Json | undefined {
  const given = elementsOf(value);
  // Entra ID names in the value which members go; without one, all go.
  if (op === 'remove') {
    if (value === undefined || value === null) return undefined;
    const gone = new Set(given.map((one) => one['value']));
    return elements.filter((one) => !gone.has(one['value']));
  }
  const byValue = new Map<Json | undefined, JsonObject>();
  const hasNewPrimary = given.some((one) => one['primary'] === true);
  for (const one of op === 'add' ? elements : []) {
    byValue.set(one['value'], hasNewPrimary && 'primary' in one ? { ...one, primary: false } : one);
  }
  for (const one of given) byValue.set(one['value'], { ...byValue.get(one['value']), ...one });
  return [...byValue.values()];
}

function changeMatching(
  elements: readonly JsonObject[],
  op: PatchOperation['op'],
  { filter, sub }: { readonly filter: Filter; readonly sub: string | undefined },
  value: Json | undefined,
  shape: PatchShape,
): Json {
  const matches = compileFilter(filter, elementAttributes(shape));
  if (op === 'remove') {
    if (sub === undefined) return elements.filter((one) => !matches(one));
    return elements.map((one) => (matches(one) ? put(one, sub, undefined) : one));
  }
  const change = (one: JsonObject): JsonObject => {
    if (sub !== undefined) return put(one, sub, value);
    if (isJsonObject(value)) return { ...one, ...value };
    throw scimError('invalidValue', 'An element is an object.');
  };
  if (elements.some(matches)) return elements.map((one) => (matches(one) ? change(one) : one));
  // Entra ID sets the work address of who has none so.
  return [...elements, change(elementOf(filter))];
}

/** The element that a filter of equalities describes. */
function elementOf(filter: Filter): JsonObject {
  if (filter.op === 'and') return Object.assign({}, ...filter.filters.map(elementOf)) as JsonObject;
  if (filter.op === 'eq') return { [filter.attrPath]: filter.compValue };
  throw scimError('noTarget', 'Nothing matches the filter of the path.');
}

function elementAttributes({ subAttributes }: PatchShape): FilterAttributes<JsonObject> {
  const read = (name: string) => (element: JsonObject) => {
    const value = element[name];
    return typeof value === 'string' || typeof value === 'boolean' ? value : undefined;
  };
  return new Map([...subAttributes].map(([key, name]) => [key, { read: read(name) }]));
}
