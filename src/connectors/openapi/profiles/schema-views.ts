import { isJsonObject, objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { definitionName } from './definition-name.ts';

const DEPTH_MAX = 8;

/** A schema as the plain schemas it is made of: references followed, combinations taken apart. */
export function viewsOf(
  schema: Json | undefined,
  root: JsonObject,
  depth = 0,
): readonly JsonObject[] {
  if (!isJsonObject(schema) || depth > DEPTH_MAX) return [];
  const name = definitionName(schema);
  if (name !== undefined) return viewsOf(objectMember(root, '$defs')?.[name], root, depth + 1);
  const { allOf, anyOf, oneOf, description: _, ...own } = schema;
  const parts = [allOf, anyOf, oneOf].flatMap((list) =>
    Array.isArray(list) ? (list as readonly Json[]) : [],
  );
  const views = parts.flatMap((part) => viewsOf(part, root, depth + 1));
  return Object.keys(own).length > 0 || views.length === 0 ? [own, ...views] : views;
}

/** The types a plain schema names. */
export function typeNames({ type }: JsonObject): readonly string[] {
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? (type as readonly string[]) : [];
}
