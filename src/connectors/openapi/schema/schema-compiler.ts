import type { Json, JsonObject } from '../../../kernel/json.ts';
import { convertSchema, type Conversion } from './convert-schema.ts';
import { relaxSchema } from './relax-schema.ts';
import { distinct, isSafeKey, sanitize } from '../text/safe-key.ts';
import type { SourceDocument } from '../document/source-document.ts';

/** A converted schema and what it needs. */
export interface CompiledSchema {
  readonly schema: JsonObject;
  /** Names of the definitions it refers to directly. */
  readonly references: readonly string[];
  /** Model-safe key to original key. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** The direction of the data: into the API, or out of it. */
export type Direction = 'input' | 'output';

/** Converts schemas of one document; every definition is converted once and then shared. */
export interface SchemaCompiler {
  /** Converts a schema; one that is only a reference is written out unless it contains itself. */
  compile(schema: Json, direction: Direction, where: string): CompiledSchema;
  definition(name: string, direction: Direction): CompiledSchema;
}

/** References without a home in the document that one schema may write out. */
const INLINED_MAX = 100;

/** Makes the compiler of one document. */
export function createSchemaCompiler(document: SourceDocument, wordsMax: number): SchemaCompiler {
  const pointerByName = new Map<string, string>();
  const definitions = perDirection<CompiledSchema>();
  const recursive = perDirection<boolean>();
  const reported = new Set<string>();
  const report = (where: string, code: string, text: string): void => {
    if (reported.has(text)) return;
    reported.add(text);
    document.report({ severity: 'warning', code, text: `In ${where}, ${text}.` });
  };
  const name = (pointer: string): string => {
    const chosen = definitionName(pointer);
    pointerByName.set(chosen, pointer);
    return chosen;
  };
  const convert = (schema: Json, direction: Direction, where: string): CompiledSchema => {
    const tools = { document, wordsMax, name, report: report.bind(undefined, where) };
    return convertOnce(schema, direction, tools);
  };

  const definition = (key: string, direction: Direction): CompiledSchema =>
    remembered(definitions[direction], key, () => {
      const pointer = pointerByName.get(key) ?? '';
      const target = document.resolve(encodePointer(pointer));
      return convert(target?.value ?? {}, direction, pointer);
    });
  const isRecursive = (key: string, direction: Direction): boolean =>
    remembered(recursive[direction], key, () => {
      const inner = (each: string): CompiledSchema => definition(each, direction);
      return contains(key, inner(key), inner);
    });

  const compile = (schema: Json, direction: Direction, where: string): CompiledSchema => {
    const compiled = convert(schema, direction, where);
    const [first] = compiled.references;
    const keys = Object.keys(compiled.schema);
    const bare = keys.every((key) => key === '$ref' || key === 'description');
    if (first === undefined || !bare || isRecursive(first, direction)) return compiled;
    const target = definition(first, direction);
    const { $ref: _, ...own } = compiled.schema;
    return { ...target, schema: { ...target.schema, ...own } };
  };

  return { compile, definition };
}

interface ConversionTools {
  readonly document: SourceDocument;
  readonly wordsMax: number;
  readonly name: (pointer: string) => string;
  readonly report: (code: string, text: string) => void;
}

/** Converts one schema and collects what it depends on. */
function convertOnce(schema: Json, direction: Direction, tools: ConversionTools): CompiledSchema {
  const references = new Set<string>();
  const renamed = new Map<string, string>();
  let inlined = 0;
  const conversion: Conversion = {
    document: tools.document,
    wordsMax: tools.wordsMax,
    scope: schema,
    report: tools.report,
    rename: (safe, original) => void renamed.set(safe, original),
    refer: (pointer) => {
      const name = tools.name(pointer);
      references.add(name);
      return name;
    },
    mayInline: () => {
      inlined += 1;
      return inlined <= INLINED_MAX;
    },
  };
  const converted =
    direction === 'input' ? convertSchema(schema, conversion) : relaxSchema(schema, conversion);
  return { schema: converted, references: [...references], renamed };
}

const perDirection = <T>(): Record<Direction, Map<string, T>> => ({
  input: new Map(),
  output: new Map(),
});

function remembered<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
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
