import type { Connector } from '../../upstream/contract.ts';
import { openAuthorized } from '../../upstream/credentials/open-authorized.ts';
import { httpConfig, type HttpConfig } from './http-config.ts';

/** MCP servers over streamable HTTP, of every revision. */
export const mcpHttpConnector: Connector<HttpConfig> = {
  kind: 'mcp-http',
  specification: 'v1',
  config: httpConfig,
  operatorOnly: false,
  open: async (config, context) => {
    // Loaded with the first server, not with the gateway.
    const { openUpstream } = await import('./open-upstream.ts');
    const { url, credentials } = config;
    return await openAuthorized(credentials, [url], context, (own) => openUpstream(config, own));
  },
};
