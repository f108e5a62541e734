import type { TenantSnapshot } from '../catalog/tenant-snapshot.ts';
import { CALL_TOOL } from '../gateway/finder/tool-finder.ts';
import { stringMember, type Json, type JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import { ArgumentError } from '../upstream/argument-error.ts';
import { textBlock } from '../upstream/tool-result.ts';
import type { ToolDefinition } from '../upstream/tool-server.ts';
import { findTools, servicesOf, type FoundTool } from './find-tools.ts';
import type { ViewIndex } from './view-indexes.ts';

const FOUND_DEFAULT = 8;
const SERVICES_SHOWN = 50;

const toolName: JsonObject = { type: 'string', description: 'A name that search_tools found.' };

const searchDefinition: ToolDefinition = {
  name: 'search_tools',
  description:
    'Finds tools by what they do. Search in your own words, several times for a task of several ' +
    'steps; then describe_tools, then call_tool.',
  inputSchema: {
    type: 'object',
    properties: {
      query: { type: 'string', description: 'What the tool should do, in a few words.' },
      service: { type: 'string', description: 'Only tools of this service.' },
      limit: {
        type: 'integer',
        minimum: 1,
        maximum: limits.searchedToolsMax,
        default: FOUND_DEFAULT,
      },
    },
    required: ['query'],
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true },
};

const describeDefinition: ToolDefinition = {
  name: 'describe_tools',
  description: 'Shows what tools do and the schemas of their arguments.',
  inputSchema: {
    type: 'object',
    properties: {
      names: { type: 'array', items: toolName, minItems: 1, maxItems: limits.describedToolsMax },
    },
    required: ['names'],
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true },
};

const callDefinition: ToolDefinition = {
  name: CALL_TOOL,
  description: 'Calls a tool with arguments that fit the schema that describe_tools shows.',
  inputSchema: {
    type: 'object',
    properties: {
      name: toolName,
      arguments: { type: 'object', description: 'The arguments of the tool.' },
    },
    required: ['name'],
    additionalProperties: false,
  },
};

/** The tools that find, describe and call all others. */
export const metaTools: readonly ToolDefinition[] = [
  searchDefinition,
  describeDefinition,
  callDefinition,
];

/** Answers `search_tools`. Throws ArgumentError. */
export function searchTools(found: ViewIndex, view: TenantSnapshot, args: JsonObject): JsonObject {
  const query = textOf(args, 'query');
  const service = args['service'] === undefined ? undefined : textOf(args, 'service');
  const services = servicesOf(view);
  if (service !== undefined && !services.some((one) => one.service === service)) {
    const names = services.slice(0, SERVICES_SHOWN).map((one) => one.service);
    throw new ArgumentError('service', `is not known; there is: ${names.join(', ') || 'none'}.`);
  }
  const { tools, total, by } = findTools(found, query, { service, limit: limitOf(args) });
  const said = `${tools.length} of ${total} tools`;
  if (by === 'nothing') {
    const shown = services.slice(0, SERVICES_SHOWN);
    const lines = shown.map((one) => `${one.service}: ${one.title} (${one.tools} tools)`);
    const text = `${said}: none has to do with this. Try other words. The services are:`;
    return answered([text, ...lines].join('\n'), { tools: [], total, services: shown });
  }
  const head = by === 'words' ? `${said}:` : `${said}, by the spelling of their names:`;
  const shown = tools.map((one) => ({ ...one }));
  return answered([head, ...tools.map(lineOf)].join('\n'), { tools: shown, total });
}

const lineOf = ({ name, description, required, score }: FoundTool): string =>
  `${name}(${required.join(', ')}) ${score.toFixed(2)}: ${description}`;

/** Answers `describe_tools`; names that are not in the view are listed as unknown. */
export function describeTools(view: TenantSnapshot, args: JsonObject): JsonObject {
  const names = args['names'];
  const isList = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (!isList || names.length === 0 || names.length > limits.describedToolsMax) {
    throw new ArgumentError('names', `must be 1 to ${limits.describedToolsMax} names of tools.`);
  }
  const tools: JsonObject[] = [];
  const unknown: string[] = [];
  for (const name of new Set(names as readonly string[])) {
    const target = view.tools.get(name);
    if (target === undefined) unknown.push(name.slice(0, limits.toolNameLengthMax));
    else {
      const { live, definition } = target;
      const [shown = definition] = view.published(live, 'tools', [definition]);
      tools.push(view.annotated?.(live, shown) ?? shown);
    }
  }
  const value = { tools, ...(unknown.length === 0 ? {} : { unknown }) };
  return answered(JSON.stringify(value), value);
}

/** What is wrong with a `call_tool` that names no call. */
export function refuseCall(args: JsonObject): never {
  textOf(args, 'name');
  throw new ArgumentError('arguments', 'must be an object.');
}

function textOf(args: JsonObject, name: string): string {
  const text = stringMember(args, name);
  if (text === undefined || text.trim() === '') throw new ArgumentError(name, 'must be a text.');
  return text;
}

function limitOf(args: JsonObject): number {
  const { limit = FOUND_DEFAULT } = args;
  const isRight = typeof limit === 'number' && Number.isInteger(limit) && limit >= 1;
  if (isRight && limit <= limits.searchedToolsMax) return limit;
  throw new ArgumentError('limit', `must be a whole number from 1 to ${limits.searchedToolsMax}.`);
}

const answered = (text: string, value: { readonly [key: string]: Json }): JsonObject => ({
  content: [textBlock(text)],
  structuredContent: value,
});
