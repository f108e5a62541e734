import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { cleanText } from '../text/clean-text.ts';
import type { Conversion } from './convert-schema.ts';
import { typesOf } from './schema-keywords.ts';

/**
 * Turns a response schema into one that describes and never refuses. APIs break their own
 * documents, and MCP holds a server to its output schema (server/tools, "Output Schema"), so
 * types become words in descriptions and only structure stays.
 */
export function relaxSchema(value: Json, conversion: Conversion, depth = 0): JsonObject {
  if (!isJsonObject(value) || depth > limits.schemaDepthMax) return {};
  const inner = (schema: Json): JsonObject => relaxSchema(schema, conversion, depth + 1);
  const out: [string, Json][] = [];
  const words = describe(value, conversion.wordsMax);
  if (words !== '') out.push(['description', words]);
  const reference = value['$ref'];
  if (typeof reference === 'string') {
    const target = conversion.document.resolveChain(reference, conversion.scope);
    if (target === undefined) return Object.fromEntries(out);
    if (target.pointer === '') {
      const written = conversion.mayInline() ? inner(target.value) : {};
      return { ...written, ...Object.fromEntries(out) };
    }
    return { ...Object.fromEntries(out), $ref: `#/$defs/${conversion.refer(target.pointer)}` };
  }
  if (isJsonObject(value['properties'])) {
    const kept = Object.entries(value['properties']).filter(
      ([, schema]) => !(isJsonObject(schema) && schema['writeOnly'] === true),
    );
    const properties = kept.map(([name, schema]) => [name, inner(schema)] as const);
    out.push(['properties', Object.fromEntries(properties)]);
  }
  for (const keyword of ['items', 'additionalProperties']) {
    const schema = value[keyword];
    if (isJsonObject(schema)) out.push([keyword, inner(schema)]);
  }
  // Branches refuse nothing, so "one of" would match too many; "any of" says the same.
  const branches = ['oneOf', 'anyOf'].flatMap((keyword) => objects(value[keyword]));
  if (branches.length > 0) out.push(['anyOf', branches.map(inner)]);
  const all = objects(value['allOf']);
  if (all.length > 0) out.push(['allOf', all.map(inner)]);
  return Object.fromEntries(out);
}

function describe(value: JsonObject, wordsMax: number): string {
  const types = typesOf(value)?.join(' or ') ?? '';
  const note = typeof value['description'] === 'string' ? value['description'] : '';
  const listed = Array.isArray(value['enum']) && value['enum'].length <= 12 ? value['enum'] : [];
  const values =
    listed.length === 0 ? '' : `one of ${listed.map((item) => JSON.stringify(item)).join(', ')}`;
  const format = typeof value['format'] === 'string' ? `(${value['format']})` : '';
  const head = [types, format, values].filter((part) => part !== '').join(' ');
  const text = [head, note].filter((part) => part !== '').join(': ');
  return cleanText(text, wordsMax);
}

const objects = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : [];
