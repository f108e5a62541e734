import { GatewayError, RpcError } from '../../../kernel/errors.ts';
import { isJsonObject, objectMember, stringMember, type JsonObject } from '../../../kernel/json.ts';
import type { ExchangeIo, McpOutcome } from '../../../mcp/message.ts';
import { rpcCode } from '../../../mcp/protocol.ts';
import {
  completeWith,
  createToolServer,
  fixedList,
  type MethodHandler,
  type ToolCall,
} from '../../../upstream/tool-server.ts';
import type { UpstreamRequest } from '../../../upstream/upstream.ts';
import { callTool, findTool, type ServiceTool } from './call-tool.ts';
import { createHeldAnswers } from '../answer/held-answers.ts';
import type { OpenapiService, ServiceSettings } from '../call/make-service.ts';
import { resourceMethods, restUri } from './operation-resources.ts';
import {
  callAgain,
  callReadMore,
  CURSOR_ARGUMENT,
  READ_MORE_TOOL,
  readOn,
  type ReadOn,
  type RestStore,
} from './read-on.ts';
import { searchTools } from './search-tools.ts';

/** What a service offers over MCP, as its configuration wants it. */
export interface ServiceSurface {
  readonly capabilities: JsonObject;
  answer(request: UpstreamRequest, io: ExchangeIo): Promise<McpOutcome>;
}

/** How results are cut and read on. */
type SurfaceSettings = Pick<ServiceSettings, 'exposure' | 'answerCharacters' | 'rest'>;

/**
 * Offers a service's operations as tools, as three search tools, or as resources. Without `rest`
 * the surface holds the rest of long answers itself.
 */
export function openSurface(
  config: SurfaceSettings,
  service: OpenapiService,
  rest: RestStore = { answers: createHeldAnswers(), serviceId: '' },
): ServiceSurface {
  const exposure = config.exposure ?? 'static';
  const whole = exposure === 'resources';
  const readable = whole || service.document.operations.some(({ isResource }) => isResource);
  const readOnFor = ({ request: { caller } }: ToolCall): ReadOn =>
    readOn(rest, caller, '', restUri);
  const resources = readable ? resourceMethods(service, whole, readOnFor) : {};
  const capabilities: JsonObject = {
    ...(whole ? {} : { tools: {} }),
    ...(readable ? { resources: {} } : {}),
  };
  if (exposure === 'search') {
    const server = createToolServer(searchTools(service, rest, config), resources);
    return { capabilities, answer: (request, io) => server.answer(request, io) };
  }
  const tools = whole ? {} : listedTools(config, service, rest);
  const methods = new Map(Object.entries<MethodHandler>({ ...tools, ...resources }));
  return {
    capabilities,
    async answer(request, io) {
      const method = methods.get(request.method);
      if (method === undefined) {
        const text = `"${request.method.slice(0, 128)}" is not offered here.`;
        throw new RpcError(rpcCode.methodNotFound, text);
      }
      const result = await method(request.params, { request, io });
      return completeWith(result);
    },
  };
}

/** Every operation as a tool, and the tool that reads on when the configuration wants it. */
function listedTools(
  { rest: way, answerCharacters }: SurfaceSettings,
  service: OpenapiService,
  rest: RestStore,
): Readonly<Record<string, MethodHandler>> {
  const byTool = way === 'tool' && findTool(service, READ_MORE_TOOL) === undefined;
  const list = byTool ? [...service.tools, readMoreDefinition] : service.tools;
  return {
    'tools/list': fixedList('tools', list),
    'tools/call': (params, { request, io }) => {
      const { name, input } = readCall(params);
      const advice = byTool ? callReadMore : callAgain;
      const reader = readOn(rest, request.caller, byTool ? READ_MORE_TOOL : name, advice);
      if (byTool && name === READ_MORE_TOOL) return Promise.resolve(reader.page(cursorOf(input)));
      const tool = findTool(service, name);
      if (tool === undefined) {
        throw new GatewayError(
          'invalid_params',
          `Unknown tool: ${JSON.stringify(name).slice(0, 128)}`,
        );
      }
      const cursor = input[CURSOR_ARGUMENT];
      if (typeof cursor === 'string' && !takes(tool, CURSOR_ARGUMENT)) {
        return Promise.resolve(reader.page(cursor));
      }
      const { keepRest } = reader;
      const { wantsProgress } = request;
      return callTool(service, tool, input, io, {
        wantsProgress,
        keepRest,
        charactersMax: answerCharacters,
      });
    },
  };
}

function readCall(params: JsonObject): { readonly name: string; readonly input: JsonObject } {
  const input = params['arguments'] ?? {};
  if (!isJsonObject(input)) {
    throw new GatewayError('invalid_params', '"arguments" must be an object.');
  }
  return { name: stringMember(params, 'name') ?? '', input };
}

const takes = ({ tool }: ServiceTool, argument: string): boolean =>
  Object.hasOwn(objectMember(tool.inputSchema, 'properties') ?? {}, argument);

const cursorOf = (input: JsonObject): string => stringMember(input, 'cursor') ?? '';

const readMoreDefinition: JsonObject = {
  name: READ_MORE_TOOL,
  description: 'Shows the rest of an answer that was too long, by the cursor that came with it.',
  inputSchema: {
    type: 'object',
    properties: { cursor: { type: 'string' } },
    required: ['cursor'],
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true },
};
