import type { Json, JsonObject } from '../../kernel/json.ts';
import { convertSchema, type Conversion } from './convert-schema.ts';
import { relaxSchema } from './relax-schema.ts';
import { distinct, isSafeKey, sanitize } from './safe-key.ts';
import type { SourceDocument } from './source-document.ts';

/** A converted schema and what it needs. */
export interface CompiledSchema {
  readonly schema: JsonObject;
  /** Names of the definitions it refers to directly. */
  readonly references: readonly string[];
  /** Model-safe key to original key. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** Which way the data goes: into the API, or out of it. */
export type Direction = 'input' | 'output';

/** Converts schemas of one document; every definition is converted once and then shared. */
export interface SchemaCompiler {
  /** Converts a schema; one that is only a reference is written out unless it contains itself. */
  compile(schema: Json, direction: Direction, where: string): CompiledSchema;
  definition(name: string, direction: Direction): CompiledSchema;
}

/** Makes the compiler of one document. */
export function createSchemaCompiler(document: SourceDocument, wordsMax: number): SchemaCompiler {
  const pointerByName = new Map<string, string>();
  const definitions: Record<Direction, Map<string, CompiledSchema>> = {
    input: new Map(),
    output: new Map(),
  };
  const reported = new Set<string>();

  const convert = (schema: Json, direction: Direction, where: string): CompiledSchema => {
    const references = new Set<string>();
    const renamed = new Map<string, string>();
    const conversion: Conversion = {
      document,
      wordsMax,
      scope: schema,
      refer: (pointer) => {
        const name = definitionName(pointer);
        pointerByName.set(name, pointer);
        references.add(name);
        return name;
      },
      rename: (safe, original) => void renamed.set(safe, original),
      report: (code, text) => {
        if (reported.has(text)) return;
        reported.add(text);
        document.report({ severity: 'warning', code, text: `In ${where}, ${text}.` });
      },
    };
    const converted =
      direction === 'input' ? convertSchema(schema, conversion) : relaxSchema(schema, conversion);
    return { schema: converted, references: [...references], renamed };
  };

  const definition = (name: string, direction: Direction): CompiledSchema => {
    const known = definitions[direction].get(name);
    if (known !== undefined) return known;
    const pointer = pointerByName.get(name) ?? '';
    const target = document.resolve(encodePointer(pointer));
    const compiled = convert(target?.value ?? {}, direction, pointer);
    definitions[direction].set(name, compiled);
    return compiled;
  };

  const recursive: Record<Direction, Map<string, boolean>> = {
    input: new Map(),
    output: new Map(),
  };
  const isRecursive = (name: string, direction: Direction): boolean => {
    let answer = recursive[direction].get(name);
    if (answer === undefined) {
      const target = definition(name, direction);
      answer = contains(name, target, (inner) => definition(inner, direction));
      recursive[direction].set(name, answer);
    }
    return answer;
  };

  const compile = (schema: Json, direction: Direction, where: string): CompiledSchema => {
    const compiled = convert(schema, direction, where);
    const [name] = compiled.references;
    const keys = Object.keys(compiled.schema);
    const bare = keys.every((key) => key === '$ref' || key === 'description');
    if (name === undefined || !bare || compiled.references.length > 1) return compiled;
    const target = definition(name, direction);
    if (isRecursive(name, direction)) return compiled;
    const { $ref: _, ...own } = compiled.schema;
    return { ...target, schema: { ...target.schema, ...own } };
  };

  return { compile, definition };
}

/** True when a definition leads back to itself. */
function contains(
  name: string,
  start: CompiledSchema,
  definition: (name: string) => CompiledSchema,
): boolean {
  const seen = new Set<string>();
  const queue = [...start.references];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (next === name) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...definition(next).references);
  }
  return false;
}

/** A definition's name comes from its pointer alone, so it is the same in every tool and run. */
function definitionName(pointer: string): string {
  const token = pointer.slice(pointer.lastIndexOf('/') + 1);
  const plain = /^#\/(components\/schemas|definitions)\/[^/]+$/.test(pointer);
  return plain && isSafeKey(token) ? token : distinct(pointer, sanitize(token, 40));
}

/** Pointers are kept decoded; references are percent-decoded when they are resolved. */
const encodePointer = (pointer: string): string => pointer.replaceAll('%', '%25');
