import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import type { ExchangeIo, McpOutcome } from '../../mcp/message.ts';
import { MODERN_VERSION, rpcCode } from '../../mcp/protocol.ts';
import type {
  Connector,
  ConnectorContext,
  Discovery,
  Upstream,
  UpstreamRequest,
} from '../../upstream/contract.ts';
import { listenToNothing, listPage } from '../../upstream/tool-server.ts';
import { callOperation } from './call-operation.ts';
import { openapiConfig, type OpenapiConfig } from './config.ts';
import { loadService, type OpenapiService } from './load-service.ts';

/** Makes the operations of an OpenAPI document callable as tools. */
export const openapiConnector: Connector<OpenapiConfig> = {
  kind: 'openapi',
  specification: 'v1',
  config: openapiConfig,
  operatorOnly: false,
  open: (config, context) => Promise.resolve(openUpstream(config, context)),
};

function openUpstream(config: OpenapiConfig, context: ConnectorContext): Upstream {
  let loading: Promise<OpenapiService> | undefined;
  /** Loaded once; a failed attempt is not kept. */
  const service = (): Promise<OpenapiService> => {
    loading ??= loadService(config, context).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  /** Reads the document again; what cannot be read or did not change leaves everything as it is. */
  const refresh = async (): Promise<void> => {
    const before = loading;
    if (before === undefined) return;
    try {
      const [old, fresh] = [await before, await loadService(config, context)];
      if (toolsText(old) === toolsText(fresh)) return;
      loading = Promise.resolve(fresh);
      context.changed({ kind: 'lists', lists: ['tools'] });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      context.log.warn({ service: context.serviceId }, `The document was not renewed: ${problem}`);
    }
  };
  const timer =
    config.refreshMs === undefined
      ? undefined
      : setInterval(() => void refresh(), config.refreshMs);
  timer?.unref();
  const stop = (): void => clearInterval(timer);
  context.signal.addEventListener('abort', stop, { once: true });
  return {
    discover: async () => describe(await service()),
    request: async (request, io) => answer(await service(), request, io),
    listen: (_filter, _caller, io) => listenToNothing(io),
    [Symbol.asyncDispose]: () => {
      stop();
      context.signal.removeEventListener('abort', stop);
      return Promise.resolve();
    },
  };
}

const toolsText = (service: OpenapiService): string =>
  JSON.stringify(service.document.operations.map(({ tool, plan }) => [tool, plan]));

function describe(service: OpenapiService): Discovery {
  const { title, version, description } = service.document.service;
  return {
    era: 'modern',
    protocolVersion: MODERN_VERSION,
    serverInfo: { name: title === '' ? 'openapi' : title, version: version || '0' },
    capabilities: { tools: {} },
    ...(description === undefined ? {} : { instructions: description }),
    listsVaryByCapabilities: false,
  };
}

async function answer(
  service: OpenapiService,
  request: UpstreamRequest,
  io: ExchangeIo,
): Promise<McpOutcome> {
  switch (request.method) {
    case 'tools/list':
      return complete(listPage('tools', service.tools, request.params));
    case 'tools/call':
      return complete(await callTool(service, request, io));
    default:
      throw new RpcError(rpcCode.methodNotFound, `"${request.method}" is not offered here.`);
  }
}

async function callTool(
  service: OpenapiService,
  { params, wantsProgress }: UpstreamRequest,
  io: ExchangeIo,
): Promise<JsonObject> {
  const name = params['name'];
  const operation = typeof name === 'string' ? service.byName.get(name) : undefined;
  if (operation === undefined) {
    throw new GatewayError(
      'invalid_params',
      `Unknown tool: ${JSON.stringify(name ?? null).slice(0, 128)}`,
    );
  }
  const given = params['arguments'] ?? {};
  if (!isJsonObject(given)) {
    throw new GatewayError('invalid_params', '"arguments" must be an object.');
  }
  return await callOperation(service, operation, given, io, wantsProgress);
}

const complete = (result: JsonObject): McpOutcome => ({
  resultType: 'complete',
  result: JsonBytes.fromValue(result),
});
