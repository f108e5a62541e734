import type { Connector } from '../../upstream/contract.ts';
import { openEndpoint } from './endpoint.ts';
import { httpConfig, type HttpConfig } from './http-config.ts';
import { HttpUpstream } from './http-upstream.ts';

/** MCP servers over streamable HTTP, of every revision. */
export const mcpHttpConnector: Connector<HttpConfig> = {
  kind: 'mcp-http',
  specification: 'v1',
  config: httpConfig,
  operatorOnly: false,
  open: async (config, context) =>
    new HttpUpstream(config, await openEndpoint(config, context), context),
};
