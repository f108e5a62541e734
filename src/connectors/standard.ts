import type { Connector } from '../upstream/contract.ts';
import { filesConnector } from './files/connector.ts';
import { graphqlConnector } from './graphql/connector.ts';
import { mcpHttpConnector } from './mcp-http/connector.ts';
import { createMcpStdioConnector } from './mcp-stdio/connector.ts';
import { createMcpWebSocketConnector } from './mcp-websocket/connector.ts';
import { createOpenapiConnector } from './openapi/connector.ts';
import { sqlConnector } from './sql/connector.ts';

/** The connectors that come with the gateway, by kind; children see part of the environment. */
export function standardConnectors(
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, Connector> {
  const connectors = [
    mcpHttpConnector,
    createMcpStdioConnector(environment),
    createMcpWebSocketConnector(),
    createOpenapiConnector(),
    graphqlConnector,
    sqlConnector,
    filesConnector,
  ];
  // A connector gets back exactly what its own schema made of the configuration.
  return new Map(connectors.map((connector) => [connector.kind, connector as Connector]));
}
