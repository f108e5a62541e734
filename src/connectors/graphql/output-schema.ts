import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  Kind,
  typeFromAST,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { scalarSchema, type ScalarSchemas } from './scalar-schemas.ts';

interface Scope {
  readonly schema: GraphQLSchema;
  readonly scalars: ScalarSchemas;
  readonly fragments: ReadonlyMap<string, SelectionSetNode>;
  readonly fragmentTypes: ReadonlyMap<string, string>;
}

/** One answer key: the type it has and everything selected below it. */
interface Selected {
  readonly type: GraphQLOutputType;
  readonly below: { readonly parent: GraphQLCompositeType; readonly set: SelectionSetNode }[];
}

/**
 * The JSON Schema of an operation's `data`. It describes without ever refusing: nothing is
 * required, everything may be null. Undefined when it would be larger than a tool's schema may be.
 */
export function outputSchemaOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  scalars: ScalarSchemas,
): JsonObject | undefined {
  const root = schema.getRootType(operation.operation);
  if (root === undefined || root === null) return undefined;
  const fragments = document.definitions.filter((it) => it.kind === Kind.FRAGMENT_DEFINITION);
  const scope: Scope = {
    schema,
    scalars,
    fragments: new Map(fragments.map((it) => [it.name.value, it.selectionSet])),
    fragmentTypes: new Map(fragments.map((it) => [it.name.value, it.typeCondition.name.value])),
  };
  const properties = propertiesOf([{ parent: root, set: operation.selectionSet }], scope);
  const result: JsonObject = { type: 'object', properties };
  const bytes = Buffer.byteLength(JSON.stringify(result));
  return bytes <= limits.toolSchemaBytesMax ? result : undefined;
}

function propertiesOf(sets: Selected['below'], scope: Scope): JsonObject {
  const selected = new Map<string, Selected>();
  for (const { parent, set } of sets) collect(parent, set, scope, selected);
  return Object.fromEntries(
    [...selected].map(([key, { type, below }]) => [key, typeSchema(type, below, scope)]),
  );
}

function collect(
  parent: GraphQLCompositeType,
  set: SelectionSetNode,
  scope: Scope,
  selected: Map<string, Selected>,
): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      collectField(parent, selection, scope, selected);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition;
      const type = condition === undefined ? parent : typeFromAST(scope.schema, condition);
      if (isCompositeType(type)) collect(type, selection.selectionSet, scope, selected);
    } else {
      const name = selection.name.value;
      const type = scope.schema.getType(scope.fragmentTypes.get(name) ?? '');
      const inner = scope.fragments.get(name);
      if (inner !== undefined && isCompositeType(type)) collect(type, inner, scope, selected);
    }
  }
}

function collectField(
  parent: GraphQLCompositeType,
  field: FieldNode,
  scope: Scope,
  selected: Map<string, Selected>,
): void {
  const type = scope.schema.getField(parent, field.name.value)?.type;
  if (type === undefined) return;
  const key = field.alias?.value ?? field.name.value;
  const known = selected.get(key) ?? { type, below: [] };
  selected.set(key, known);
  const inner = getNamedType(type);
  if (field.selectionSet === undefined || !isCompositeType(inner)) return;
  known.below.push({ parent: inner, set: field.selectionSet });
}

function typeSchema(type: GraphQLOutputType, below: Selected['below'], scope: Scope): JsonObject {
  if (isNonNullType(type)) return typeSchema(type.ofType, below, scope);
  if (isListType(type)) {
    return { type: ['array', 'null'], items: typeSchema(type.ofType, below, scope) };
  }
  if (isEnumType(type)) return { type: ['string', 'null'] };
  if (isScalarType(type)) return nullable(scalarSchema(type.name, scope.scalars));
  const properties = propertiesOf(below, scope);
  const description = isAbstractType(type) ? { description: `One kind of ${type.name}.` } : {};
  return { type: ['object', 'null'], properties, ...description };
}

/** The scalar's types alone, plus null: an answer is described, not judged. */
function nullable(scalar: JsonObject): JsonObject {
  const types = [scalar['type'] ?? []].flat() as readonly string[];
  if (types.length === 0) return {};
  // A number too wide for JS arrives as text.
  const wide = types.includes('integer') || types.includes('number') ? ['string'] : [];
  return { type: [...new Set([...types, ...wide, 'null'])] };
}
