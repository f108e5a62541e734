import {
  isInterfaceType,
  isObjectType,
  print,
  type GraphQLField,
  type GraphQLNamedType,
} from 'graphql';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { ArgumentError } from '../../upstream/argument-error.ts';
import { textResult } from '../../upstream/tool-result.ts';
import type { ServedTool } from '../../upstream/tool-server.ts';
import { checkDocument, DocumentError, type CheckedDocument } from './check-document.ts';
import { refuseBadVariables } from './operation-tool.ts';
import { printTypes } from './print-types.ts';
import { createSchemaSearch, type SchemaSearch } from './schema-search.ts';
import type { GraphqlService } from './service.ts';
import { boundsSchema, readBounds } from './subscribe.ts';
import { toToolResult } from './to-tool-result.ts';

const RESULTS_DEFAULT = 10;
const RESULTS_MAX = 30;
const DEPTH_MAX = 4;

const documentInput: JsonObject = { type: 'string', description: 'The GraphQL document.' };
const operationNameInput: JsonObject = {
  type: 'string',
  description: 'Which operation, when the document holds several.',
};
const variablesInput: JsonObject = { type: 'object', description: 'Values of its variables.' };

/** Four tools for a schema of any size: search, introspect, validate and execute. */
export function searchTools(service: GraphqlService): readonly ServedTool[] {
  return [
    searchTool(service),
    introspectTool(service),
    validateTool(service),
    executeTool(service),
  ];
}

/** Types that callers have no use for. */
function hiddenTypes({ schema, rules }: GraphqlService): ReadonlySet<string> {
  const mutation = schema.getMutationType();
  return new Set(rules.allowMutations || !mutation ? [] : [mutation.name]);
}

function searchTool(service: GraphqlService): ServedTool {
  let index: SchemaSearch | undefined;
  return {
    definition: {
      name: 'search',
      description:
        'Finds fields and types of this GraphQL API by words. Then introspect what fits, ' +
        'write a document and execute it.',
      inputSchema: {
        type: 'object',
        properties: {
          query: { type: 'string', description: 'What is wanted, in a few words.' },
          limit: { type: 'integer', minimum: 1, maximum: RESULTS_MAX },
        },
        required: ['query'],
        additionalProperties: false,
      },
      annotations: { readOnlyHint: true },
    },
    run(input) {
      const query = textArgument(input, 'query');
      const most = numberArgument(input, 'limit', RESULTS_MAX) ?? RESULTS_DEFAULT;
      index ??= createSchemaSearch(service.schema, hiddenTypes(service));
      const lines = index(query, most);
      if (lines.length === 0) {
        return Promise.resolve(textResult('Nothing in the schema matches; try other words.'));
      }
      return Promise.resolve(textResult(shortened(lines)));
    },
  };
}

function shortened(lines: readonly string[]): string {
  const kept: string[] = [];
  let characters = 0;
  for (const line of lines) {
    characters += line.length + 1;
    if (characters > limits.graphqlAnswerCharactersMax) break;
    kept.push(line);
  }
  return kept.join('\n');
}

function introspectTool(service: GraphqlService): ServedTool {
  const hidden = hiddenTypes(service);
  return {
    definition: {
      name: 'introspect',
      description: 'Shows a type or a field of the schema, and the types it leads to, as SDL.',
      inputSchema: {
        type: 'object',
        properties: {
          name: {
            type: 'string',
            description: 'A type (`User`) or a field (`Query.user`); absent = the queries.',
          },
          depth: {
            type: 'integer',
            minimum: 1,
            maximum: DEPTH_MAX,
            description: 'Levels of types; default 1.',
          },
        },
        additionalProperties: false,
      },
      annotations: { readOnlyHint: true },
    },
    run(input) {
      const { type, field } = findNamed(service, input, hidden);
      const depth = numberArgument(input, 'depth', DEPTH_MAX) ?? 1;
      const charactersMax = limits.graphqlAnswerCharactersMax;
      const options = { depth, charactersMax, hidden };
      return Promise.resolve(textResult(printTypes(service.schema, type, options, field)));
    },
  };
}

function findNamed(
  { schema }: GraphqlService,
  input: JsonObject,
  hidden: ReadonlySet<string>,
): { readonly type: GraphQLNamedType; readonly field?: GraphQLField<unknown, unknown> } {
  const name =
    input['name'] === undefined ? schema.getQueryType()?.name : textArgument(input, 'name');
  const [typeName = '', fieldName] = (name ?? '').split('.');
  const type = hidden.has(typeName) ? undefined : schema.getType(typeName);
  if (type === undefined) {
    throw new ArgumentError('name', 'is no type of this schema; use search to find one.');
  }
  if (fieldName === undefined) return { type };
  const field =
    isObjectType(type) || isInterfaceType(type) ? schema.getField(type, fieldName) : undefined;
  if (field === undefined || field === null) {
    throw new ArgumentError('name', `is no field of ${typeName}; introspect ${typeName} first.`);
  }
  return { type, field };
}

function validateTool(service: GraphqlService): ServedTool {
  return {
    definition: {
      name: 'validate',
      description: 'Checks a GraphQL document against the schema and the limits; runs nothing.',
      inputSchema: {
        type: 'object',
        properties: {
          document: documentInput,
          operationName: operationNameInput,
          variables: variablesInput,
        },
        required: ['document'],
        additionalProperties: false,
      },
      annotations: { readOnlyHint: true },
    },
    run(input) {
      const { operation, measure } = checkArguments(service, input);
      const facts = `depth ${measure.depth}, up to about ${measure.complexity} fields`;
      return Promise.resolve(textResult(`Valid ${operation.operation}: ${facts}.`));
    },
  };
}

function executeTool(service: GraphqlService): ServedTool {
  const hasSubscriptions = (service.schema.getSubscriptionType() ?? undefined) !== undefined;
  const kinds = [
    'queries',
    ...(service.rules.allowMutations ? ['mutations'] : []),
    ...(hasSubscriptions ? ['subscriptions (answered with the events that came)'] : []),
  ];
  return {
    definition: {
      name: 'execute',
      description: `Runs a GraphQL document. Allowed: ${kinds.join(', ')}.`,
      inputSchema: {
        type: 'object',
        properties: {
          document: documentInput,
          operationName: operationNameInput,
          variables: variablesInput,
          ...(hasSubscriptions ? boundsSchema(service.listenBounds) : {}),
        },
        required: ['document'],
        additionalProperties: false,
      },
      annotations: { readOnlyHint: !service.rules.allowMutations },
    },
    async run(input, { io }) {
      const { document, operation } = checkArguments(service, input);
      const variables = variablesArgument(input);
      const definitions = operation.variableDefinitions ?? [];
      refuseBadVariables(definitions, variables, service, 'variables');
      const name = operation.name?.value;
      const payload = {
        query: print(document),
        variables,
        ...(name === undefined ? {} : { operationName: name }),
      };
      if (operation.operation === 'subscription') {
        return await service.subscribe(payload, readBounds(input), io);
      }
      const isSafe = operation.operation === 'query';
      return toToolResult(await service.send(payload, io.cancellation, isSafe));
    },
  };
}

function checkArguments(service: GraphqlService, input: JsonObject): CheckedDocument {
  const text = textArgument(input, 'document');
  const name =
    input['operationName'] === undefined ? undefined : textArgument(input, 'operationName');
  try {
    return checkDocument(service.schema, text, name, variablesArgument(input), service.rules);
  } catch (error) {
    if (error instanceof DocumentError) throw new ArgumentError('document', error.message);
    throw error;
  }
}

function variablesArgument(input: JsonObject): JsonObject {
  const variables = input['variables'] ?? {};
  if (!isJsonObject(variables)) throw new ArgumentError('variables', 'must be an object.');
  return variables;
}

function textArgument(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value !== 'string' || value === '') throw new ArgumentError(name, 'must be a text.');
  return value;
}

function numberArgument(input: JsonObject, name: string, most: number): number | undefined {
  const value = input[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) {
    return value;
  }
  throw new ArgumentError(name, `must be a whole number from 1 to ${most}.`);
}
