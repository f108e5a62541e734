import { isJsonObject, type Json, type JsonObject } from '../kernel/json.ts';

/** A member of an answer as text for a table; `-` when there is none. Dots reach inside. */
export function cell(object: JsonObject, path: string): string {
  const value = path
    .split('.')
    .reduce<Json | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), object);
  if (value === undefined || value === null) return '-';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A member that is a time (epoch milliseconds) as ISO text; `-` when there is none. */
export function timeCell(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'number' ? new Date(value).toISOString() : '-';
}

/** The objects of a list in an answer. */
export function objectsOf(answer: JsonObject, name: string): readonly JsonObject[] {
  const list = answer[name];
  return Array.isArray(list) ? (list as readonly Json[]).filter(isJsonObject) : [];
}
