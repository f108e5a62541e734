import {
  getNamedType,
  isCompositeType,
  isNonNullType,
  Kind,
  OperationTypeNode,
  parse,
  validate,
  type GraphQLArgument,
  type GraphQLField,
} from 'graphql';
import type { ServedTool } from '../../upstream/tool-server.ts';
import type { GraphqlConfig } from './config.ts';
import { operationTool } from './operation-tool.ts';
import { selectFields, type SelectionBounds } from './select-fields.ts';
import type { GraphqlService } from './service.ts';

const DEPTH_DEFAULT = 2;
const FIELDS_DEFAULT = 60;

type RootField = GraphQLField<unknown, unknown>;

/** One tool for each chosen root field, with a selection made by depth and count. */
export function fieldTools(
  chosen: NonNullable<GraphqlConfig['fields']>,
  service: GraphqlService,
): readonly ServedTool[] {
  const bounds: SelectionBounds = {
    depth: chosen.depth ?? DEPTH_DEFAULT,
    fieldsMax: chosen.selectedFieldsMax ?? FIELDS_DEFAULT,
  };
  const taken = new Set<string>();
  return rootFields(service).flatMap(({ kind, field }) => {
    if (!isChosen(field.name, chosen)) return [];
    const tool = fieldTool(kind, field, bounds, service, taken);
    return tool === undefined ? [] : [tool];
  });
}

function rootFields(
  service: GraphqlService,
): readonly { readonly kind: OperationTypeNode; readonly field: RootField }[] {
  const { schema, rules } = service;
  const kinds = [
    OperationTypeNode.QUERY,
    ...(rules.allowMutations ? [OperationTypeNode.MUTATION] : []),
    OperationTypeNode.SUBSCRIPTION,
  ];
  return kinds.flatMap((kind) =>
    Object.values(schema.getRootType(kind)?.getFields() ?? {}).map((field) => ({ kind, field })),
  );
}

function fieldTool(
  kind: OperationTypeNode,
  field: RootField,
  bounds: SelectionBounds,
  service: GraphqlService,
  taken: Set<string>,
): ServedTool | undefined {
  const document = parse(documentText(kind, field, bounds));
  // A schema that contradicts itself costs the field, not the service.
  if (validate(service.schema, document).length > 0) return undefined;
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return undefined;
  const name = taken.has(field.name) ? `${field.name}_${kind}` : field.name;
  taken.add(name);
  const meanings = new Map(field.args.map((arg) => [arg.name, arg.description ?? '']));
  const description = field.description ?? '';
  return operationTool({ name, description, document, operation, meanings }, service);
}

function documentText(kind: OperationTypeNode, field: RootField, bounds: SelectionBounds): string {
  const variables = field.args.map((arg) => `$${arg.name}: ${variableType(arg)}`).join(', ');
  const passed = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  const heads = field.args.length === 0 ? ['', ''] : [`(${variables})`, `(${passed})`];
  const selection = isCompositeType(getNamedType(field.type))
    ? ` ${selectFields(field.type, bounds)}`
    : '';
  return `${kind} ${field.name}${heads[0]} { ${field.name}${heads[1]}${selection} }`;
}

/** A default makes room for leaving the variable out (GraphQL September 2025 §5.8.5). */
function variableType({ type, default: byDefault }: GraphQLArgument): string {
  return String(isNonNullType(type) && byDefault !== undefined ? type.ofType : type);
}

function isChosen(
  name: string,
  { include, exclude }: NonNullable<GraphqlConfig['fields']>,
): boolean {
  const matches = (patterns: readonly string[]): boolean =>
    patterns.some((pattern) => matchesPattern(name, pattern));
  return (include === undefined || matches(include)) && !matches(exclude ?? []);
}

/** `*` stands for any run of characters; everything else for itself. */
function matchesPattern(name: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const first = parts.shift() ?? '';
  const last = parts.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
