import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { isJsonObject, stringMember, type JsonObject } from '../../kernel/json.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import type { ExchangeIo, McpOutcome } from '../../mcp/message.ts';
import { rpcCode } from '../../mcp/protocol.ts';
import type { UpstreamRequest } from '../../upstream/contract.ts';
import { createToolServer, listPage, type MethodHandler } from '../../upstream/tool-server.ts';
import { callOperation } from './call-operation.ts';
import type { OpenapiConfig } from './config.ts';
import type { OpenapiService } from './load-service.ts';
import { resourceMethods } from './operation-resources.ts';
import { searchTools } from './search-tools.ts';

/** What a service offers over MCP, in the way its configuration wants it. */
export interface ServiceSurface {
  readonly capabilities: JsonObject;
  answer(request: UpstreamRequest, io: ExchangeIo): Promise<McpOutcome>;
}

/** Offers a service's operations as tools, as three search tools, or as resources. */
export function openSurface(config: OpenapiConfig, service: OpenapiService): ServiceSurface {
  const exposure = config.exposure ?? 'static';
  const whole = exposure === 'resources';
  const readable = whole || service.document.operations.some(({ isResource }) => isResource);
  const resources = readable ? resourceMethods(service, whole) : {};
  const capabilities: JsonObject = {
    ...(whole ? {} : { tools: {} }),
    ...(readable ? { resources: {} } : {}),
  };
  if (exposure === 'search') {
    const server = createToolServer(searchTools(service), resources);
    return { capabilities, answer: (request, io) => server.answer(request, io) };
  }
  const tools: Readonly<Record<string, MethodHandler>> = whole
    ? {}
    : {
        'tools/list': (params) => Promise.resolve(listPage('tools', service.tools, params)),
        'tools/call': (params, { request, io }) => callTool(service, params, request, io),
      };
  const methods = new Map(Object.entries({ ...tools, ...resources }));
  return {
    capabilities,
    async answer(request, io) {
      const method = methods.get(request.method);
      if (method === undefined) {
        const text = `"${request.method.slice(0, 128)}" is not offered here.`;
        throw new RpcError(rpcCode.methodNotFound, text);
      }
      const result = await method(request.params, { request, io });
      return { resultType: 'complete', result: JsonBytes.fromValue(result) };
    },
  };
}

async function callTool(
  service: OpenapiService,
  params: JsonObject,
  { wantsProgress }: UpstreamRequest,
  io: ExchangeIo,
): Promise<JsonObject> {
  const operation = service.byName.get(stringMember(params, 'name') ?? '');
  if (operation === undefined) {
    const shown = JSON.stringify(params['name'] ?? null).slice(0, 128);
    throw new GatewayError('invalid_params', `Unknown tool: ${shown}`);
  }
  const given = params['arguments'] ?? {};
  if (!isJsonObject(given)) {
    throw new GatewayError('invalid_params', '"arguments" must be an object.');
  }
  return await callOperation(service, operation, given, io, wantsProgress);
}
