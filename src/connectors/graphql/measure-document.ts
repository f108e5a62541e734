import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';

/** How much a document asks for. */
export interface DocumentMeasure {
  /** Levels of fields. */
  readonly depth: number;
  readonly aliases: number;
  /** Estimated fields in the answer. */
  readonly complexity: number;
  /** Meta fields that ask for the schema itself. */
  readonly introspects: boolean;
  /** True when a fragment spreads itself. */
  readonly cyclic: boolean;
}

interface Walk {
  readonly schema: GraphQLSchema;
  readonly variables: JsonObject;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Measures of fragments by name and page size: a fan-out of fragments costs no time. */
  readonly known: Map<string, DocumentMeasure | 'under_way'>;
}

/** Items of a list whose size nothing says. */
const LIST_ITEMS = 10;
/** Above any bound; keeps products of page sizes finite. */
const CEILING = 1e12;
const PAGE_SIZE = /^(?:first|last|limit|take|top|count|size|per_?page|page_?size)$/i;

const nothing: DocumentMeasure = {
  depth: 0,
  aliases: 0,
  complexity: 0,
  introspects: false,
  cyclic: false,
};

/**
 * Measures an operation before it is validated, in time linear in its text, whatever its
 * fragments do. A list counts as many items as its page size argument asks for.
 */
export function measureDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: JsonObject,
): DocumentMeasure {
  const fragments = document.definitions.filter((it) => it.kind === Kind.FRAGMENT_DEFINITION);
  const walk: Walk = {
    schema,
    variables,
    fragments: new Map(fragments.map((it) => [it.name.value, it])),
    known: new Map(),
  };
  const root = schema.getRootType(operation.operation) ?? undefined;
  return measureSet(operation.selectionSet, root, undefined, walk);
}

function measureSet(
  set: SelectionSetNode,
  parent: GraphQLCompositeType | undefined,
  pageSize: number | undefined,
  walk: Walk,
): DocumentMeasure {
  let total = nothing;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      total = sum(total, measureField(selection, parent, pageSize, walk));
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const type = compositeNamed(selection.typeCondition?.name.value, walk.schema) ?? parent;
      total = sum(total, measureSet(selection.selectionSet, type, pageSize, walk));
    } else {
      total = sum(total, measureFragment(selection.name.value, pageSize, walk));
    }
  }
  return total;
}

function measureFragment(name: string, pageSize: number | undefined, walk: Walk): DocumentMeasure {
  const key = `${pageSize ?? ''} ${name}`;
  const known = walk.known.get(key);
  if (known === 'under_way') return { ...nothing, cyclic: true };
  if (known !== undefined) return known;
  const fragment = walk.fragments.get(name);
  if (fragment === undefined) return nothing;
  walk.known.set(key, 'under_way');
  const type = compositeNamed(fragment.typeCondition.name.value, walk.schema);
  const measure = measureSet(fragment.selectionSet, type, pageSize, walk);
  walk.known.set(key, measure);
  return measure;
}

function measureField(
  field: FieldNode,
  parent: GraphQLCompositeType | undefined,
  pageSize: number | undefined,
  walk: Walk,
): DocumentMeasure {
  const name = field.name.value;
  const own: DocumentMeasure = {
    depth: 1,
    aliases: field.alias === undefined ? 0 : 1,
    complexity: 1,
    introspects: name === '__schema' || name === '__type',
    cyclic: false,
  };
  if (field.selectionSet === undefined) return own;
  const type = parent === undefined ? undefined : walk.schema.getField(parent, name)?.type;
  const size = sizeArgument(field, walk.variables);
  const isList = type !== undefined && isListType(getNullableType(type));
  const inner = type === undefined ? undefined : getNamedType(type);
  // A connection hands its page size to the list inside it.
  const below = measureSet(
    field.selectionSet,
    isCompositeType(inner) ? inner : undefined,
    isList ? undefined : size,
    walk,
  );
  const items = isList ? (size ?? pageSize ?? LIST_ITEMS) : 1;
  return {
    depth: below.depth + 1,
    aliases: below.aliases + own.aliases,
    complexity: Math.min(CEILING, 1 + items * below.complexity),
    introspects: below.introspects || own.introspects,
    cyclic: below.cyclic,
  };
}

/** The largest page size that the field's arguments ask for, inside input objects too. */
function sizeArgument(field: FieldNode, variables: JsonObject): number | undefined {
  const sizes = (field.arguments ?? []).flatMap(({ name, value }) =>
    sizesIn(name.value, value, variables),
  );
  return sizes.length === 0 ? undefined : Math.max(1, ...sizes);
}

function sizesIn(name: string, value: ValueNode, variables: JsonObject): readonly number[] {
  switch (value.kind) {
    case Kind.INT:
    case Kind.STRING:
      return sizeOf(name, value.value);
    case Kind.VARIABLE:
      return givenSizes(name, variables[value.name.value] ?? null);
    case Kind.OBJECT:
      return value.fields.flatMap((field) => sizesIn(field.name.value, field.value, variables));
    default:
      return [];
  }
}

function givenSizes(name: string, value: Json): readonly number[] {
  if (!isJsonObject(value)) return sizeOf(name, value);
  return Object.entries(value).flatMap(([key, inner]) => givenSizes(key, inner));
}

function sizeOf(name: string, value: Json): readonly number[] {
  const digits = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  return PAGE_SIZE.test(name) && /^\d+$/.test(digits) ? [Number(digits)] : [];
}

function sum(a: DocumentMeasure, b: DocumentMeasure): DocumentMeasure {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: Math.min(CEILING, a.aliases + b.aliases),
    complexity: Math.min(CEILING, a.complexity + b.complexity),
    introspects: a.introspects || b.introspects,
    cyclic: a.cyclic || b.cyclic,
  };
}

function compositeNamed(
  name: string | undefined,
  schema: GraphQLSchema,
): GraphQLCompositeType | undefined {
  const type = name === undefined ? undefined : schema.getType(name);
  return isCompositeType(type) ? type : undefined;
}
