import { GatewayError } from '../../kernel/errors.ts';
import type { Connector, ConnectorContext, Upstream } from '../../upstream/contract.ts';
import {
  createToolServer,
  describeToolServer,
  listenToNothing,
  type ServedTool,
  type ToolServer,
} from '../../upstream/tool-server.ts';
import { graphqlConfig, type GraphqlConfig } from './config.ts';
import { configuredTools } from './configured-tools.ts';
import { fieldTools } from './field-tools.ts';
import { searchTools } from './search-tools.ts';
import { loadService, type GraphqlService } from './service.ts';

/** Makes a GraphQL API callable as tools. */
export const graphqlConnector: Connector<GraphqlConfig> = {
  kind: 'graphql',
  specification: 'v1',
  config: graphqlConfig,
  operatorOnly: false,
  open: (config, context) => Promise.resolve(openUpstream(config, context)),
};

interface Opened {
  readonly service: GraphqlService;
  readonly server: ToolServer;
}

function openUpstream(config: GraphqlConfig, context: ConnectorContext): Upstream {
  let loading: Promise<Opened> | undefined;
  const load = async (): Promise<Opened> => {
    const service = await loadService(config, context);
    return { service, server: createToolServer(toolsOf(config, service)) };
  };
  /** Loaded once; a failed attempt is not kept. */
  const opened = (): Promise<Opened> => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    async discover() {
      const { service } = await opened();
      const name = new URL(config.endpoint).hostname;
      return describeToolServer(name, { tools: {} }, service.schema.description ?? undefined);
    },
    request: async (request, io) => (await opened()).server.answer(request, io),
    listen: (_filter, _caller, io) => listenToNothing(io),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function toolsOf(config: GraphqlConfig, service: GraphqlService): readonly ServedTool[] {
  const configured = configuredTools(config, service);
  const fields = config.fields === undefined ? [] : fieldTools(config.fields, service);
  const offersNothing = configured.length === 0 && fields.length === 0;
  const search = (config.search ?? offersNothing) ? searchTools(service) : [];
  const tools = [...configured, ...fields, ...search];
  const names = tools.map(({ definition }) => definition.name);
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice === undefined) return tools;
  const text = `Two operations of this service are named ${twice}; rename one.`;
  throw new GatewayError('invalid_configuration', text);
}
