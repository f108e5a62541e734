import { isJsonObject, objectMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { definitionName } from './definition-name.ts';

/** What a schema says, in the few kinds that every profile can write. */
export type Shape = ShapeBase &
  (
    | { readonly kind: 'any' }
    | { readonly kind: 'reference'; readonly name: string }
    | { readonly kind: 'choice'; readonly branches: readonly Json[] }
    | {
        readonly kind: 'object';
        readonly properties: Readonly<Record<string, Json>>;
        readonly required: ReadonlySet<string>;
        /** True when other properties may be given. */
        readonly open: boolean;
      }
    | { readonly kind: 'array'; readonly items: Json }
    | {
        readonly kind: 'value';
        readonly type: string;
        readonly values: readonly Json[] | undefined;
      }
  );

interface ShapeBase {
  readonly nullable: boolean;
  readonly description: string | undefined;
  /** The schema it was read from, for keywords that a profile keeps. */
  readonly source: JsonObject;
}

const MERGE_DEPTH_MAX = 8;

/** Reads one level of a schema; nested schemas stay as they are. */
export function readShape(schema: Json | undefined, root: JsonObject): Shape {
  const shape = readParts(schema, root, 0);
  if (shape.kind !== 'object') return shape;
  // What is required and described nowhere can be given all the same.
  const unknown = [...shape.required].filter((name) => !Object.hasOwn(shape.properties, name));
  if (unknown.length === 0 || !shape.open) return shape;
  const more = Object.fromEntries(unknown.map((name) => [name, {}]));
  return { ...shape, properties: { ...shape.properties, ...more } };
}

function readParts(schema: Json | undefined, root: JsonObject, depth: number): Shape {
  const source = isJsonObject(schema) ? schema : {};
  const words = source['description'];
  const base: ShapeBase = {
    nullable: source['nullable'] === true,
    description: typeof words === 'string' && words !== '' ? words : undefined,
    source,
  };
  const reference = definitionName(source);
  if (reference !== undefined) return { ...base, kind: 'reference', name: reference };
  const parts = listOf(source['allOf']);
  if (parts.length > 0 && depth < MERGE_DEPTH_MAX) return readAll(source, base, parts, root, depth);
  const branches = [...listOf(source['anyOf']), ...listOf(source['oneOf'])];
  if (branches.length > 0 && !isJsonObject(source['properties'])) {
    const real = branches.filter((branch) => !isNull(branch));
    const nullable = base.nullable || real.length < branches.length;
    const [only] = real;
    if (real.length !== 1) return { ...base, nullable, kind: 'choice', branches: real };
    const inner = readParts(only, root, depth);
    const description = base.description ?? inner.description;
    return { ...inner, nullable: nullable || inner.nullable, description };
  }
  return readPlain(source, base);
}

function readPlain(source: JsonObject, base: ShapeBase): Shape {
  const listed = source['const'] === undefined ? source['enum'] : [source['const']];
  const types = typesOf(source);
  const concrete = types.filter((type) => type !== 'null');
  const nullable = base.nullable || concrete.length < types.length;
  if (Array.isArray(listed)) {
    const values = (listed as readonly Json[]).filter((value) => value !== null);
    const kinds = new Set(values.map((value) => typeName(value)));
    const [kind = 'string'] = kinds;
    const structured = [kind, concrete[0]].some((type) => type === 'object' || type === 'array');
    const simple = kinds.size <= 1 && !structured;
    const none = nullable || values.length < listed.length;
    if (simple) {
      const type = concrete.includes(kind) ? kind : (concrete[0] ?? kind);
      return { ...base, nullable: none, kind: 'value', type, values };
    }
    return { ...base, nullable: none, kind: 'any' };
  }
  if (concrete.length > 1) {
    const branches = concrete.map((type) => ({ ...only(source, type), type }));
    return { ...base, nullable, kind: 'choice', branches };
  }
  const [type = inferred(source)] = concrete;
  if (type === undefined) return { ...base, nullable, kind: 'any' };
  if (type === 'array') return { ...base, nullable, kind: 'array', items: source['items'] ?? {} };
  if (type !== 'object') return { ...base, nullable, kind: 'value', type, values: undefined };
  const properties = objectMember(source, 'properties') ?? {};
  const required = new Set(listOf(source['required']).map(String));
  const open = source['additionalProperties'] !== false;
  return { ...base, nullable, kind: 'object', properties, required, open };
}

/** `allOf` of objects is one object; of anything else the first part that says something. */
function readAll(
  source: JsonObject,
  base: ShapeBase,
  parts: readonly Json[],
  root: JsonObject,
  depth: number,
): Shape {
  const { allOf: _, description: _description, ...own } = source;
  const all = [...parts, own].map((part) =>
    resolved(readParts(part, root, depth + 1), root, depth),
  );
  const telling = all.filter(({ kind }) => kind !== 'any');
  const [first] = telling;
  if (first === undefined) return { ...base, kind: 'any' };
  const objects = telling.flatMap((shape) => (shape.kind === 'object' ? [shape] : []));
  if (objects.length < telling.length) {
    const choice = telling.find(({ kind }) => kind === 'choice') ?? first;
    return { ...choice, description: base.description ?? choice.description };
  }
  return {
    ...base,
    kind: 'object',
    properties: Object.assign({}, ...objects.map(({ properties }) => properties)) as JsonObject,
    required: new Set(objects.flatMap(({ required }) => [...required])),
    open: objects.every(({ open }) => open),
  };
}

function resolved(shape: Shape, root: JsonObject, depth: number): Shape {
  if (shape.kind !== 'reference' || depth >= MERGE_DEPTH_MAX) return shape;
  const target = objectMember(root, '$defs')?.[shape.name];
  return resolved(readParts(target, root, depth + 1), root, depth + 1);
}

/** The keywords of a schema of several types that belong to one of them. */
function only(source: JsonObject, type: string): JsonObject {
  const { description: _, ...rest } = source;
  const structured = ['properties', 'required', 'additionalProperties', 'items'];
  const strange =
    type === 'object' ? ['items'] : type === 'array' ? structured.slice(0, 3) : structured;
  return Object.fromEntries(Object.entries(rest).filter(([key]) => !strange.includes(key)));
}

function inferred(source: JsonObject): string | undefined {
  if (isJsonObject(source['properties'])) return 'object';
  return source['items'] === undefined ? undefined : 'array';
}

function typesOf({ type }: JsonObject): readonly string[] {
  if (typeof type === 'string') return [type];
  return listOf(type).map(String);
}

function typeName(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

const isNull = (schema: Json): boolean => isJsonObject(schema) && schema['type'] === 'null';

const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];
