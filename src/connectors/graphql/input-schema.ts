import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedInputType,
} from 'graphql';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { plainText } from '../../upstream/plain-text.ts';
import { scalarSchema, type ScalarSchemas } from './scalar-schemas.ts';

/** A variable or a field argument that a tool takes. */
export interface InputSource {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly description?: string | undefined;
  readonly default?: Json | undefined;
}

/** Levels of input objects described, tried until the schema is small enough. */
const DEPTHS = [8, 4, 3, 2, 1] as const;

interface Definitions {
  readonly scalars: ScalarSchemas;
  readonly depthMax: number;
  readonly found: Map<string, JsonObject>;
  /** The least depth at which each type is needed. */
  readonly depths: ReadonlyMap<string, number>;
}

/** The JSON Schema of a tool's arguments; input objects are definitions, so they may recur. */
export function inputSchemaOf(
  inputs: readonly InputSource[],
  scalars: ScalarSchemas,
  bytesMax: number = limits.toolSchemaBytesMax,
): JsonObject {
  let schema: JsonObject = {};
  for (const depthMax of DEPTHS) {
    schema = build(inputs, scalars, depthMax);
    if (Buffer.byteLength(JSON.stringify(schema)) <= bytesMax) break;
  }
  return schema;
}

function build(
  inputs: readonly InputSource[],
  scalars: ScalarSchemas,
  depthMax: number,
): JsonObject {
  const depths = inputDepths(inputs.map(({ type }) => named(type)));
  const definitions: Definitions = { scalars, depthMax, found: new Map(), depths };
  const properties = inputs.map((input) => [input.name, propertyOf(input, definitions)] as const);
  const required = inputs
    .filter((input) => isNonNullType(input.type) && input.default === undefined)
    .map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    ...(definitions.found.size === 0 ? {} : { $defs: Object.fromEntries(definitions.found) }),
  };
}

/** Breadth first, so that a type counts where it is needed first. */
function inputDepths(roots: readonly GraphQLNamedInputType[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  let level: readonly GraphQLNamedInputType[] = roots;
  for (let depth = 1; level.length > 0; depth += 1) {
    const next: GraphQLNamedInputType[] = [];
    for (const type of level) {
      if (!isInputObjectType(type) || depths.has(type.name)) continue;
      depths.set(type.name, depth);
      next.push(...Object.values(type.getFields()).map((field) => named(field.type)));
    }
    level = next;
  }
  return depths;
}

function propertyOf(input: InputSource, definitions: Definitions): JsonObject {
  const schema = typeSchema(input.type, definitions);
  const scalar = named(input.type);
  const words = plainText(input.description ?? '', limits.schemaDescriptionCharactersMax);
  // An any-typed scalar says at least its name.
  const custom = isScalarType(scalar) && Object.keys(schema).length === 0 ? scalar.name : '';
  const description = [words, custom].filter((part) => part !== '').join(' ');
  return {
    ...schema,
    ...(description === '' ? {} : { description }),
    ...(input.default === undefined ? {} : { default: input.default }),
  };
}

function typeSchema(type: GraphQLInputType, definitions: Definitions): JsonObject {
  if (isNonNullType(type)) return typeSchema(type.ofType, definitions);
  if (isListType(type)) return { type: 'array', items: typeSchema(type.ofType, definitions) };
  if (isEnumType(type)) {
    const values = type.getValues().map(({ name }) => name);
    return values.length > limits.schemaEnumItemsMax
      ? { type: 'string' }
      : { type: 'string', enum: values };
  }
  if (isScalarType(type)) return scalarSchema(type.name, definitions.scalars);
  if ((definitions.depths.get(type.name) ?? Infinity) > definitions.depthMax) {
    return { type: 'object', description: `A GraphQL ${type.name}.` };
  }
  if (!definitions.found.has(type.name)) {
    definitions.found.set(type.name, {});
    definitions.found.set(type.name, objectSchema(type, definitions));
  }
  return { $ref: `#/$defs/${type.name}` };
}

function objectSchema(type: GraphQLInputObjectType, definitions: Definitions): JsonObject {
  const fields = Object.values(type.getFields());
  const properties = fields.map(
    ({ name, type: fieldType, description }) =>
      [
        name,
        propertyOf({ name, type: fieldType, description: description ?? '' }, definitions),
      ] as const,
  );
  const required = fields
    .filter((field) => isNonNullType(field.type) && field.default === undefined)
    .map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    // Exactly one field of a @oneOf input object is given (GraphQL September 2025 §3.10).
    ...(type.isOneOf ? { minProperties: 1, maxProperties: 1 } : {}),
    additionalProperties: false,
  };
}

/** The type without its list and non-null wrappers. */
function named(type: GraphQLInputType): GraphQLNamedInputType {
  return isNonNullType(type) || isListType(type) ? named(type.ofType) : type;
}
