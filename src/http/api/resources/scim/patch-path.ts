import type { Filter } from 'scim2-parse-filter';
import { isJsonObject, type Json, type JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import { isExtension, parseFilter } from './scim-filter.ts';
import { scimError } from './scim-protocol.ts';

/** Which attributes a resource has; names are looked up by their lower-cased form. */
export interface PatchShape {
  readonly schema: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Those of all complex attributes together. */
  readonly subAttributes: ReadonlyMap<string, string>;
  readonly multiValued: ReadonlySet<string>;
  /** Attributes with one value that has sub-attributes. */
  readonly complex: ReadonlySet<string>;
  /** Lower-cased names of what clients may send and is not kept. */
  readonly unkept: ReadonlySet<string>;
}

/** What a path names (RFC 7644, section 3.5.2). */
export interface PatchPath {
  readonly attribute: string;
  readonly filter: Filter | undefined;
  readonly sub: string | undefined;
}

const PATH = /^([a-z$][\w$-]*)(?:\[(.+)\])?(?:\.([a-z$][\w$-]*))?$/is;

/** Names by their lower-cased form. */
export function namesOf(...names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [name.toLowerCase(), name]));
}

/** Reads a path; undefined for an attribute that is not kept. Throws `invalidPath`. */
export function parsePath(path: string, shape: PatchShape): PatchPath | undefined {
  if (path.length > limits.scimFilterCharactersMax) {
    const most = `A path has at most ${limits.scimFilterCharactersMax} characters.`;
    throw scimError('invalidPath', most);
  }
  const prefix = `${shape.schema}:`.toLowerCase();
  const own = path.toLowerCase().startsWith(prefix) ? path.slice(prefix.length) : path;
  if (isExtension(own)) return undefined;
  const [, name = '', filter, sub] = PATH.exec(own) ?? [];
  if (shape.unkept.has(name.toLowerCase())) return undefined;
  const attribute = shape.attributes.get(name.toLowerCase());
  const known = sub === undefined ? undefined : shape.subAttributes.get(sub.toLowerCase());
  if (attribute === undefined || (sub !== undefined && known === undefined)) {
    const names = [...shape.attributes.values()].join(', ');
    throw scimError('invalidPath', `The path names no attribute; known are ${names}.`);
  }
  return { attribute, filter: filter === undefined ? undefined : parseFilter(filter), sub: known };
}

/** A value with the names of its sub-attributes as the schema spells them. */
export function withNames(value: Json, shape: PatchShape): Json {
  if (Array.isArray(value)) return value.map((one: Json) => withNames(one, shape));
  return isJsonObject(value) ? renamed(value, shape.subAttributes) : value;
}

/** A resource with its names as the schema spells them, and without what is not kept. */
export function canonical(resource: JsonObject, shape: PatchShape): JsonObject {
  const kept = Object.entries(resource).filter(
    ([name]) => !shape.unkept.has(name.toLowerCase()) && !isExtension(name),
  );
  const top = renamed(Object.fromEntries(kept), shape.attributes);
  return Object.fromEntries(
    Object.entries(top).map(([name, value]) => [name, withNames(value, shape)]),
  );
}

function renamed(value: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [names.get(name.toLowerCase()) ?? name, one]),
  );
}
