import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { encodeHeaderValue } from './header-value.ts';

/** One argument that is mirrored into a header. */
export interface MirroredArgument {
  /** The header's name, in lower case. */
  readonly header: string;
  /** The names that lead to the argument, from the outermost. */
  readonly path: readonly string[];
}

/** The arguments of one tool that are mirrored; empty for most tools. */
export type HeaderPlan = readonly MirroredArgument[];

/** Why a tool's annotations cannot be used. */
export class InvalidHeaderPlan extends Error {}

const ANNOTATION = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const MIRRORED_TYPES: readonly unknown[] = ['string', 'integer', 'boolean'];
/** Keywords whose value maps names to schemas. */
const NAMED_SCHEMAS = new Set(['$defs', 'definitions', 'patternProperties', 'dependentSchemas']);
/** Keywords whose value is data, not a schema. */
const DATA = new Set(['enum', 'const', 'default', 'examples', 'required']);

/**
 * Reads the `x-mcp-header` annotations of a tool's input schema (2026-07-28 streamable-http,
 * "Schema Extension"). Throws InvalidHeaderPlan when one of them breaks a rule.
 */
export function readHeaderPlan(inputSchema: Json | undefined): HeaderPlan {
  const plan: MirroredArgument[] = [];
  walk(inputSchema, [], plan, 0);
  const names = new Set(plan.map(({ header }) => header));
  if (names.size !== plan.length) throw new InvalidHeaderPlan('two arguments share a header');
  return plan;
}

/** Adds the headers for these arguments to `headers`. */
export function addMirroredHeaders(
  plan: HeaderPlan,
  args: Json | undefined,
  headers: Record<string, string>,
): void {
  for (const mirrored of plan) {
    const text = mirroredText(mirrored, args);
    if (text !== undefined) headers[mirrored.header] = encodeHeaderValue(text);
  }
}

/** The text an argument is mirrored as; undefined when there is nothing to mirror. */
export function mirroredText(
  { path }: MirroredArgument,
  args: Json | undefined,
): string | undefined {
  return headerText(valueAt(args, path));
}

/** `path` leads from the root by `properties` alone; undefined everywhere else. */
function walk(
  schema: Json | undefined,
  path: readonly string[] | undefined,
  plan: MirroredArgument[],
  depth: number,
): void {
  if (depth > limits.schemaDepthMax) throw new InvalidHeaderPlan('the schema is nested too deeply');
  if (Array.isArray(schema)) {
    for (const item of schema as readonly Json[]) walk(item, undefined, plan, depth + 1);
    return;
  }
  if (!isJsonObject(schema)) return;
  if (Object.hasOwn(schema, ANNOTATION)) plan.push(readAnnotation(schema, path));
  for (const [keyword, value] of Object.entries(schema)) {
    if (DATA.has(keyword)) continue;
    const isProperties = keyword === 'properties';
    if ((isProperties || NAMED_SCHEMAS.has(keyword)) && isJsonObject(value)) {
      for (const [name, child] of Object.entries(value)) {
        const reached = isProperties && path !== undefined ? [...path, name] : undefined;
        walk(child, reached, plan, depth + 1);
      }
    } else {
      walk(value, undefined, plan, depth + 1);
    }
  }
}

function readAnnotation(schema: JsonObject, path: readonly string[] | undefined): MirroredArgument {
  const name = schema[ANNOTATION];
  if (typeof name !== 'string' || !TOKEN.test(name)) {
    throw new InvalidHeaderPlan('a header name is not a token');
  }
  if (path === undefined || path.length === 0) {
    throw new InvalidHeaderPlan('an annotated argument cannot be reached by properties alone');
  }
  if (!MIRRORED_TYPES.includes(schema['type'])) {
    throw new InvalidHeaderPlan('an annotated argument is no string, integer or boolean');
  }
  return { header: `mcp-param-${name.toLowerCase()}`, path };
}

function valueAt(args: Json | undefined, path: readonly string[]): Json | undefined {
  let value = args;
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

function headerText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
