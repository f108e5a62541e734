import { isJsonObject, type Json } from '../../../kernel/json.ts';

/** The size of a schema in the units that providers count. */
export interface SchemaMeasure {
  readonly properties: number;
  /** Nesting of objects and lists, references not followed. */
  readonly depth: number;
  /** Characters of property names, definition names and listed values. */
  readonly characters: number;
  readonly enumValues: number;
}

/** The limits of OpenAI's structured outputs. */
export const openaiStrictLimits = {
  depth: 10,
  fits: ({ properties, depth, characters, enumValues }: SchemaMeasure): boolean =>
    properties <= 5_000 && depth <= 10 && characters <= 120_000 && enumValues <= 1_000,
} as const;

/** Measures a schema. */
export function measureSchema(schema: Json): SchemaMeasure {
  const total = { properties: 0, depth: 0, characters: 0, enumValues: 0 };
  walk(schema, 0, total);
  return total;
}

function walk(
  schema: Json | undefined,
  depth: number,
  total: { -readonly [Key in keyof SchemaMeasure]: SchemaMeasure[Key] },
): void {
  if (Array.isArray(schema)) {
    for (const inner of schema as readonly Json[]) walk(inner, depth, total);
    return;
  }
  if (!isJsonObject(schema)) return;
  total.depth = Math.max(total.depth, depth);
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'enum' && Array.isArray(value)) {
      total.enumValues += value.length;
      total.characters += value.reduce<number>((sum, it) => sum + String(it).length, 0);
    } else if ((key === 'properties' || key === '$defs') && isJsonObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        total.characters += name.length;
        if (key === 'properties') total.properties += 1;
        walk(inner, key === 'properties' ? depth + 1 : depth, total);
      }
    } else if (key === 'items') walk(value, depth + 1, total);
    else if (key === 'anyOf' || key === 'inner') walk(value, depth, total);
  }
}
