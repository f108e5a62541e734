import type { Connector, ConnectorContext, Upstream } from '../../upstream/contract.ts';
import { describeToolServer, listenToNothing } from '../../upstream/tool-server.ts';
import { graphqlConfig, type GraphqlConfig } from './config.ts';
import type { GraphqlServer } from './graphql-server.ts';

/** Makes a GraphQL API callable as tools. */
export const graphqlConnector: Connector<GraphqlConfig> = {
  kind: 'graphql',
  specification: 'v1',
  config: graphqlConfig,
  operatorOnly: false,
  open: (config, context) => Promise.resolve(openUpstream(config, context)),
};

function openUpstream(config: GraphqlConfig, context: ConnectorContext): Upstream {
  let loading: Promise<GraphqlServer> | undefined;
  const load = async (): Promise<GraphqlServer> => {
    // Who has no GraphQL service need not load the language either.
    const { openGraphqlServer } = await import('./graphql-server.ts');
    return await openGraphqlServer(config, context);
  };
  /** Loaded once; a failed attempt is not kept. */
  const server = (): Promise<GraphqlServer> => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  return {
    async discover() {
      const { instructions } = await server();
      return describeToolServer(new URL(config.endpoint).hostname, { tools: {} }, instructions);
    },
    request: async (request, io) => (await server()).answer(request, io),
    listen: (_filter, _caller, io) => listenToNothing(io),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
