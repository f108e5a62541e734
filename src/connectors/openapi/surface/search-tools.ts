import { isJsonObject, stringMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { ArgumentError } from '../../../upstream/argument-error.ts';
import type { ServedTool, ToolDefinition } from '../../../upstream/tool-server.ts';
import { callTool, findTool, type ServiceTool } from './call-tool.ts';
import { shorten } from '../text/clean-text.ts';
import type { OpenapiService, ServiceSettings } from '../call/make-service.ts';
import { readOn, type RestStore } from './read-on.ts';
import { requestOf, tagsOf } from './search-fields.ts';
import { createToolSearch, type ToolSearch } from './tool-search.ts';

const SUMMARY_CHARACTERS = 160;
const TAGS_SHOWN = 40;
const FOUND_DEFAULT = 8;

/** Three tools that find, describe and call the operations of a service, however many it has. */
export function searchTools(
  service: OpenapiService,
  rest: RestStore,
  { answerCharacters }: Pick<ServiceSettings, 'answerCharacters'>,
): readonly ServedTool[] {
  const tools = [...service.composites.values(), ...service.byName.values()];
  return [
    searchTool(service, tools),
    describeTool(service),
    callingTool(service, rest, answerCharacters),
  ];
}

function searchTool(service: OpenapiService, tools: readonly ServiceTool[]): ServedTool {
  let find: ToolSearch | undefined;
  return {
    definition: searchDefinition(service, tools),
    run(input) {
      const query = textOf(input, 'query').slice(0, limits.searchQueryCharactersMax);
      const wanted = typeof input['limit'] === 'number' ? input['limit'] : FOUND_DEFAULT;
      const most = Math.min(limits.searchedOperationsMax, Math.max(1, Math.floor(wanted)));
      const tag = stringMember(input, 'tag');
      find ??= createToolSearch(tools);
      const found = find(query)
        .filter((each) => tag === undefined || tagsOf(each).includes(tag))
        .slice(0, most);
      if (found.length === 0) return Promise.resolve(nothingFound(query));
      return Promise.resolve(structured({ operations: found.map(summaryOf) }));
    },
  };
}

function describeTool(service: OpenapiService): ServedTool {
  return {
    definition: describeDefinition,
    run(input) {
      const found = toolOf(service, input);
      const { name, description, inputSchema, outputSchema } = found.tool;
      const output = outputSchema === undefined ? {} : { outputSchema };
      const request = requestOf(found);
      return Promise.resolve(structured({ name, request, description, inputSchema, ...output }));
    },
  };
}

function callingTool(
  service: OpenapiService,
  rest: RestStore,
  charactersMax: number | undefined,
): ServedTool {
  return {
    definition: callDefinition,
    async run(input, { request, io }) {
      const { page, keepRest } = readOn(rest, request.caller, callDefinition.name, callWithCursor);
      if (input['cursor'] !== undefined) return page(textOf(input, 'cursor'));
      const tool = toolOf(service, input);
      const inner = input['arguments'] ?? {};
      if (!isJsonObject(inner)) throw new ArgumentError('arguments', 'must be an object');
      const { wantsProgress } = request;
      return await callTool(service, tool, inner, io, { wantsProgress, keepRest, charactersMax });
    },
  };
}

const callWithCursor = (cursor: string): string =>
  `For the rest, use ${callDefinition.name} with only ${JSON.stringify({ cursor })}.`;

function searchDefinition(
  { document }: OpenapiService,
  tools: readonly ServiceTool[],
): ToolDefinition {
  const tags = usedTags(tools);
  const about = `Finds operations of ${document.service.title} (${tools.length} in all)`;
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
      cursor: {
        type: 'string',
        description: 'Given alone: the rest of a long answer, by the cursor that came with it.',
      },
    },
    additionalProperties: false,
  },
};

/** The most used tags, for a first look at a large API. */
function usedTags(tools: readonly ServiceTool[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const tag of tools.flatMap(tagsOf)) {
    counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, one], [, two]) => two - one)
    .slice(0, TAGS_SHOWN)
    .map(([tag]) => shorten(tag, 40));
}

function toolOf(service: OpenapiService, input: JsonObject): ServiceTool {
  const name = textOf(input, 'operation');
  const tool = findTool(service, name);
  if (tool !== undefined) return tool;
  throw new ArgumentError('operation', `is not known: "${name.slice(0, 128)}"; search first`);
}

function textOf(input: JsonObject, name: string): string {
  const text = stringMember(input, name);
  if (text === undefined || text.trim() === '') throw new ArgumentError(name, 'must be a text');
  return text;
}

const summaryOf = (found: ServiceTool): JsonObject => ({
  name: found.tool.name,
  request: requestOf(found),
  description: shorten(found.tool.description.replaceAll('\n', ' '), SUMMARY_CHARACTERS),
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
