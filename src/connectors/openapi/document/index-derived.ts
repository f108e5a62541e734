import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';

/** The components that are a schema and more (`allOf`), directly or not, with their names. */
export type DerivedSchemas = ReadonlyMap<JsonObject, string>;

type Follow = (value: Json | undefined) => JsonObject | undefined;

const STEPS_MAX = 32;

/** Finds which components are derived from which others; `follow` leads through references. */
export function indexDerived(
  root: JsonObject,
  follow: Follow,
): ReadonlyMap<JsonObject, DerivedSchemas> {
  const components = isJsonObject(root['components']) ? root['components']['schemas'] : undefined;
  const named = components ?? root['definitions'];
  const index = new Map<JsonObject, Map<JsonObject, string>>();
  for (const [name, value] of Object.entries(isJsonObject(named) ? named : {})) {
    const schema = follow(value);
    if (schema === undefined) continue;
    for (const base of basesOf(schema, follow)) {
      const derived = index.get(base) ?? new Map<JsonObject, string>();
      if (!derived.has(schema)) derived.set(schema, name);
      index.set(base, derived);
    }
  }
  return index;
}

function basesOf(schema: JsonObject, follow: Follow): ReadonlySet<JsonObject> {
  const bases = new Set<JsonObject>();
  let open: readonly JsonObject[] = [schema];
  for (let step = 0; step < STEPS_MAX && open.length > 0; step += 1) {
    const next: JsonObject[] = [];
    for (const { allOf } of open) {
      if (!Array.isArray(allOf)) continue;
      for (const part of allOf as readonly Json[]) {
        const base = follow(part);
        if (base === undefined || base === schema || bases.has(base)) continue;
        bases.add(base);
        next.push(base);
      }
    }
    open = next;
  }
  return bases;
}
