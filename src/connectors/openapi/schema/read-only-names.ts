import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { SourceDocument } from '../document/source-document.ts';

/** The names of properties that only an answer carries, those of inherited branches included. */
export function readOnlyNames(value: Json, document: SourceDocument): ReadonlySet<string> {
  const names = new Set<string>();
  for (const part of partsOf(value, document)) {
    const { properties } = part;
    if (!isJsonObject(properties)) continue;
    for (const [name, schema] of Object.entries(properties)) {
      const own = isJsonObject(schema) && schema['readOnly'] === true;
      if (own || document.follow(schema)?.['readOnly'] === true) names.add(name);
    }
  }
  return names;
}

/**
 * The schema that a branch of `allOf` leads to, when it needs a name of `hidden` that it does not
 * know to be read-only itself.
 */
export function lostToSiblings(
  branch: Json,
  hidden: ReadonlySet<string>,
  document: SourceDocument,
): JsonObject | undefined {
  if (hidden.size === 0) return undefined;
  const target = document.follow(branch);
  if (target === undefined) return undefined;
  const own = readOnlyNames(target, document);
  const needed = partsOf(target, document).flatMap(({ required }) =>
    Array.isArray(required) ? (required as readonly Json[]) : [],
  );
  const lost = needed.some(
    (name) => typeof name === 'string' && hidden.has(name) && !own.has(name),
  );
  return lost ? target : undefined;
}

/** A schema and everything that its `allOf` leads to, at any depth. */
function partsOf(value: Json, document: SourceDocument): readonly JsonObject[] {
  const parts = new Set<JsonObject>();
  const visit = (each: Json): void => {
    const part = document.follow(each);
    if (part === undefined || parts.has(part)) return;
    parts.add(part);
    const { allOf } = part;
    if (Array.isArray(allOf)) for (const inner of allOf as readonly Json[]) visit(inner);
  };
  visit(value);
  return [...parts];
}
