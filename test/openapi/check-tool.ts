import { Ajv2020 } from 'ajv/dist/2020.js';
import type { CompiledTool } from '../../src/connectors/openapi/model/compiled-document.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';

/** What is wrong with a tool, by kind; empty when nothing is. */
export type ToolFault =
  | 'schema_invalid'
  | 'reference_dangling'
  | 'root_not_object'
  | 'root_combinator'
  | 'nullable_left'
  | 'key_illegal'
  | 'name_illegal'
  | 'too_large';

const KEY = /^[a-zA-Z0-9_.-]{1,64}$/;
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const COMBINATORS = ['oneOf', 'anyOf', 'allOf', 'not', 'if', 'enum', '$ref'];

/** Above this no tool's input schema may be. */
export const SCHEMA_BYTES_MAX = 256 * 1024;

/** Checks one tool as the strictest client would. */
export function checkTool(tool: CompiledTool): readonly ToolFault[] {
  const faults = new Set<ToolFault>();
  const schema = tool.inputSchema;
  if (!NAME.test(tool.name)) faults.add('name_illegal');
  if (schema['type'] !== 'object') faults.add('root_not_object');
  if (COMBINATORS.some((keyword) => schema[keyword] !== undefined)) faults.add('root_combinator');
  if (JSON.stringify(schema).length > SCHEMA_BYTES_MAX) faults.add('too_large');
  for (const each of [schema, tool.outputSchema]) {
    if (each === undefined) continue;
    if (!compiles(each)) faults.add('schema_invalid');
    walk(each, each, faults, each === schema);
  }
  return [...faults];
}

function compiles(schema: JsonObject): boolean {
  const ajv = new Ajv2020({ strict: false, logger: false, validateFormats: false });
  try {
    ajv.compile(schema);
    return true;
  } catch {
    return false;
  }
}

function walk(schema: Json, root: JsonObject, faults: Set<ToolFault>, input: boolean): void {
  if (Array.isArray(schema)) {
    for (const item of schema as readonly Json[]) walk(item, root, faults, input);
    return;
  }
  if (!isJsonObject(schema)) return;
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const name = /^#\/\$defs\/([^/]+)$/.exec(reference)?.[1];
    const definitions = isJsonObject(root['$defs']) ? root['$defs'] : {};
    if (name === undefined || !Object.hasOwn(definitions, name)) faults.add('reference_dangling');
  }
  if (typeof schema['nullable'] === 'boolean') faults.add('nullable_left');
  for (const [keyword, value] of Object.entries(schema)) {
    if (['enum', 'const', 'default', 'required'].includes(keyword)) continue;
    const map = keyword === 'properties' || keyword === '$defs';
    if (map && isJsonObject(value)) {
      for (const [key, inner] of Object.entries(value)) {
        if (input && !KEY.test(key)) faults.add('key_illegal');
        walk(inner, root, faults, input);
      }
    } else walk(value, root, faults, input);
  }
}
