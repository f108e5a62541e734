import { isJsonObject, stringMember, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { createTextIndex, type TextIndex } from '../../kernel/text-index.ts';
import { ArgumentError } from '../../upstream/argument-error.ts';
import type { ServedTool, ToolDefinition } from '../../upstream/tool-server.ts';
import { callOperation } from './call-operation.ts';
import { shorten } from './clean-text.ts';
import type { OpenapiService } from './load-service.ts';
import type { CompiledOperation } from './model.ts';

const SUMMARY_CHARACTERS = 160;
const TAGS_SHOWN = 40;
const FOUND_DEFAULT = 8;

/** Three tools that find, describe and call the operations of a service, however many it has. */
export function searchTools(service: OpenapiService): readonly ServedTool[] {
  const operations = [...service.byName.values()];
  return [searchTool(service, operations), describeTool(service), callTool(service)];
}

function searchTool(service: OpenapiService, operations: readonly CompiledOperation[]): ServedTool {
  let index: TextIndex | undefined;
  return {
    definition: searchDefinition(service, operations),
    run(given) {
      const query = textOf(given, 'query').slice(0, limits.searchQueryCharactersMax);
      const wanted = typeof given['limit'] === 'number' ? given['limit'] : FOUND_DEFAULT;
      const most = Math.min(limits.searchedOperationsMax, Math.max(1, Math.floor(wanted)));
      const tag = stringMember(given, 'tag');
      index ??= createTextIndex(operations.map(fieldsOf));
      const found = index
        .search(query, operations.length)
        .map(({ at }) => operations[at] as CompiledOperation)
        .filter(({ tags }) => tag === undefined || tags.includes(tag))
        .slice(0, most);
      if (found.length === 0) return Promise.resolve(nothingFound(query));
      return Promise.resolve(structured({ operations: found.map(summaryOf) }));
    },
  };
}

function describeTool(service: OpenapiService): ServedTool {
  return {
    definition: describeDefinition,
    run(given) {
      const { id, tool } = operationOf(service, given);
      const { name, description, inputSchema, outputSchema } = tool;
      const output = outputSchema === undefined ? {} : { outputSchema };
      const request = id;
      return Promise.resolve(structured({ name, request, description, inputSchema, ...output }));
    },
  };
}

function callTool(service: OpenapiService): ServedTool {
  return {
    definition: callDefinition,
    async run(given, { request, io }) {
      const operation = operationOf(service, given);
      const inner = given['arguments'] ?? {};
      if (!isJsonObject(inner)) throw new ArgumentError('arguments', 'must be an object');
      return await callOperation(service, operation, inner, io, request.wantsProgress);
    },
  };
}

function fieldsOf({ id, tool, tags, operationId, plan }: CompiledOperation) {
  const [first = '', ...more] = tool.description.split('\n');
  return [
    { text: `${operationId ?? ''} ${tool.name}`, weight: 2 },
    { text: id, weight: 1.5 },
    { text: tags.join(' '), weight: 1 },
    { text: first, weight: 2.5 },
    { text: more.join(' '), weight: 0.8 },
    { text: plan.parameters.map(({ name }) => name).join(' '), weight: 0.4 },
  ];
}

function searchDefinition(
  { document }: OpenapiService,
  operations: readonly CompiledOperation[],
): ToolDefinition {
  const tags = tagsOf(operations);
  const about = `Finds operations of ${document.service.title} (${operations.length} in all)`;
  const more = tags.length === 0 ? '' : ` Tags: ${tags.join(', ')}.`;
  return {
    name: 'search',
    description: `${about} by what they do; describe one before calling it.${more}`,
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'What the operation should do, in a few words.' },
        tag: { type: 'string', description: 'Only operations with this tag.' },
        limit: { type: 'integer', minimum: 1, maximum: limits.searchedOperationsMax },
      },
      required: ['query'],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: true },
  };
}

const operationName: JsonObject = { type: 'string', description: 'A name that search found.' };

const describeDefinition: ToolDefinition = {
  name: 'describe',
  description: 'Shows what an operation does and the schema of its arguments.',
  inputSchema: {
    type: 'object',
    properties: { operation: operationName },
    required: ['operation'],
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true },
};

const callDefinition: ToolDefinition = {
  name: 'call',
  description: 'Calls an operation with arguments that fit the schema that describe shows.',
  inputSchema: {
    type: 'object',
    properties: {
      operation: operationName,
      arguments: { type: 'object', description: 'The arguments of the operation.' },
    },
    required: ['operation'],
    additionalProperties: false,
  },
};

/** The most used tags, for a first look at a large API. */
function tagsOf(operations: readonly CompiledOperation[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const tag of operations.flatMap(({ tags }) => tags)) {
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, one], [, two]) => two - one)
    .slice(0, TAGS_SHOWN)
    .map(([tag]) => shorten(tag, 40));
}

function operationOf(service: OpenapiService, given: JsonObject): CompiledOperation {
  const name = textOf(given, 'operation');
  const operation = service.byName.get(name);
  if (operation !== undefined) return operation;
  throw new ArgumentError('operation', `is not known: "${name.slice(0, 128)}"; search first`);
}

function textOf(given: JsonObject, name: string): string {
  const text = stringMember(given, name);
  if (text === undefined || text.trim() === '') throw new ArgumentError(name, 'must be a text');
  return text;
}

const summaryOf = ({ tool, id }: CompiledOperation): JsonObject => ({
  name: tool.name,
  request: id,
  description: shorten(tool.description.replaceAll('\n', ' '), SUMMARY_CHARACTERS),
});

const nothingFound = (query: string): JsonObject => ({
  ...structured({ operations: [] }),
  content: [
    {
      type: 'text',
      text: `No operation matches ${JSON.stringify(query)}. Try other words, or fewer.`,
    },
  ],
});

const structured = (value: { readonly [key: string]: Json }): JsonObject => ({
  content: [{ type: 'text', text: JSON.stringify(value) }],
  structuredContent: value,
});
