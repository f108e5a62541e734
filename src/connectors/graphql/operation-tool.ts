import {
  getVariableValues,
  print,
  typeFromAST,
  valueFromASTUntyped,
  isInputType,
  type DocumentNode,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';
import { withoutMembers, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { ArgumentError } from '../../upstream/argument-error.ts';
import { plainText } from '../../upstream/plain-text.ts';
import type { ServedTool } from '../../upstream/tool-server.ts';
import { inputSchemaOf, type InputSource } from './input-schema.ts';
import { outputSchemaOf } from './output-schema.ts';
import type { OperationPayload } from './send-operation.ts';
import type { GraphqlService } from './service.ts';
import { boundsSchema, readBounds } from './subscribe.ts';
import { toToolResult } from './to-tool-result.ts';

/** One operation that becomes a tool; its document holds nothing else. */
export interface ToolSource {
  readonly name: string;
  readonly description?: string | undefined;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Sent in place of the document. */
  readonly persisted?: Pick<OperationPayload, 'documentId' | 'extensions'>;
  /** What each variable means, by name. */
  readonly meanings?: ReadonlyMap<string, string>;
}

/** Makes a tool of one validated operation: variables in, `data` out. */
export function operationTool(source: ToolSource, service: GraphqlService): ServedTool {
  const { operation, document } = source;
  const isSubscription = operation.operation === 'subscription';
  const payload: OperationPayload = {
    ...(source.persisted ?? { query: print(document) }),
    ...(operation.name === undefined ? {} : { operationName: operation.name.value }),
  };
  return {
    definition: {
      name: source.name,
      description: describe(source, service),
      inputSchema: withBounds(
        inputSchemaOf(inputsOf(source, service), service.scalars),
        source,
        service,
      ),
      ...outputOf(source, service),
      annotations: { readOnlyHint: operation.operation !== 'mutation' },
    },
    async run(input, { io }) {
      const variables = variablesOf(operation, input, service);
      const body = { ...payload, variables };
      if (isSubscription) {
        const bounds = readBounds(withoutMembers(input, Object.keys(variables)));
        return await service.subscribe(body, bounds, io);
      }
      const isSafe = operation.operation === 'query';
      return toToolResult(await service.send(body, io.cancellation, isSafe));
    },
  };
}

function inputsOf(source: ToolSource, service: GraphqlService): readonly InputSource[] {
  return (source.operation.variableDefinitions ?? []).flatMap((definition) => {
    const name = definition.variable.name.value;
    const type = typeFromAST(service.schema, definition.type);
    if (!isInputType(type)) return [];
    const { defaultValue } = definition;
    const value =
      defaultValue === undefined ? undefined : (valueFromASTUntyped(defaultValue) as Json);
    return [{ name, type, description: source.meanings?.get(name), default: value }];
  });
}

/** Adds how long to listen, unless a variable has that name. */
function withBounds(schema: JsonObject, source: ToolSource, service: GraphqlService): JsonObject {
  if (source.operation.operation !== 'subscription') return schema;
  const own = schema['properties'] as JsonObject;
  return { ...schema, properties: { ...boundsSchema(service.listenBounds), ...own } };
}

function outputOf(source: ToolSource, service: GraphqlService): { outputSchema?: JsonObject } {
  const { operation, document } = source;
  if (!service.describesOutput) return {};
  const data = outputSchemaOf(service.schema, document, operation, service.scalars);
  if (data === undefined) return {};
  if (operation.operation !== 'subscription') return { outputSchema: data };
  const event: JsonObject = { type: 'object', properties: { data } };
  const ended: JsonObject = { enum: ['completed', 'events', 'time', 'size'] };
  return {
    outputSchema: {
      type: 'object',
      properties: { events: { type: 'array', items: event }, ended },
    },
  };
}

/** The operation's own words, or the root fields it asks for and what the schema says of them. */
function describe(source: ToolSource, service: GraphqlService): string {
  const { operation } = source;
  const description = source.description ?? operation.description?.value ?? '';
  if (description !== '') return plainText(description, limits.toolDescriptionCharactersMax);
  const root = service.schema.getRootType(operation.operation);
  const fields = operation.selectionSet.selections.flatMap((selection) => {
    if (selection.kind !== 'Field' || root === undefined || root === null) return [];
    const name = selection.name.value;
    const words = service.schema.getField(root, name)?.description ?? '';
    return [words === '' ? name : `${name}: ${words}`];
  });
  const kind = `${operation.operation[0]?.toUpperCase()}${operation.operation.slice(1)}`;
  return plainText(`${kind} ${fields.join('; ')}`, limits.toolDescriptionCharactersMax);
}

/** The variables among the arguments, checked against their types. Throws ArgumentError. */
function variablesOf(
  operation: OperationDefinitionNode,
  input: JsonObject,
  service: GraphqlService,
): JsonObject {
  const definitions = operation.variableDefinitions ?? [];
  const names = new Set(definitions.map(({ variable }) => variable.name.value));
  const variables = Object.fromEntries(Object.entries(input).filter(([name]) => names.has(name)));
  refuseBadVariables(definitions, variables, service);
  return variables;
}

/** Throws ArgumentError for the first variable that does not have its type. */
export function refuseBadVariables(
  definitions: readonly VariableDefinitionNode[],
  variables: JsonObject,
  { schema }: Pick<GraphqlService, 'schema'>,
  argument?: string,
): void {
  const { errors } = getVariableValues(schema, definitions, variables, { maxErrors: 1 });
  const [error] = errors ?? [];
  if (error === undefined) return;
  const [node] = error.nodes ?? [];
  const name = node?.kind === 'VariableDefinition' ? node.variable.name.value : 'variables';
  throw new ArgumentError(argument ?? name, `is not valid: ${error.message.slice(0, 500)}`);
}
