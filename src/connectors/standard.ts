import type { Connector } from '../upstream/contract.ts';
import { mcpHttpConnector } from './mcp-http/connector.ts';
import { mcpStdioConnector } from './mcp-stdio/connector.ts';
import { openapiConnector } from './openapi/connector.ts';

/** The connectors that come with the gateway, by kind. */
export const standardConnectors: ReadonlyMap<string, Connector> = new Map(
  [mcpHttpConnector, mcpStdioConnector, openapiConnector].map((connector) => [
    connector.kind,
    // A connector gets back exactly what its own schema made of the configuration.
    connector as Connector,
  ]),
);
