import type { Connector, ConnectorContext, Upstream } from '../../upstream/contract.ts';
import { openAuthorized } from '../../upstream/credentials/open-authorized.ts';
import { openLazily } from '../../upstream/open-lazily.ts';
import { describeToolServer } from '../../upstream/tool-server.ts';
import { graphqlConfig, type GraphqlConfig } from './config.ts';

/** Makes a GraphQL API callable as tools. */
export const graphqlConnector: Connector<GraphqlConfig> = {
  kind: 'graphql',
  specification: 'v1',
  config: graphqlConfig,
  operatorOnly: false,
  open: (config, context) => {
    const { endpoint, subscriptions, credentials } = config;
    const sockets = subscriptions?.endpoint === undefined ? [] : [subscriptions.endpoint];
    return openAuthorized(credentials, [endpoint, ...sockets], context, (own) =>
      openUpstream(config, own),
    );
  },
};

function openUpstream(config: GraphqlConfig, context: ConnectorContext): Upstream {
  const { hostname } = new URL(config.endpoint);
  return openLazily(
    async () => {
      // The language is loaded only when there is a GraphQL service.
      const { openGraphqlServer } = await import('./graphql-server.ts');
      return await openGraphqlServer(config, context);
    },
    ({ instructions, diagnostics }) => ({
      ...describeToolServer(hostname, { tools: {} }, instructions),
      diagnostics,
    }),
  );
}
