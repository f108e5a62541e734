import type { Connector } from '../../upstream/contract.ts';
import { openAuthorized } from '../../upstream/credentials/open-authorized.ts';
import type { WebSocketTimes } from './open-upstream.ts';
import { webSocketConfig, type WebSocketConfig } from './websocket-config.ts';

/** MCP servers of every revision over WebSocket. */
export function createMcpWebSocketConnector(
  times: WebSocketTimes = {},
): Connector<WebSocketConfig> {
  return {
    kind: 'mcp-websocket',
    specification: 'v1',
    config: webSocketConfig,
    operatorOnly: false,
    open: async (config, context) => {
      // Loaded with the first server, not with the gateway.
      const { openUpstream } = await import('./open-upstream.ts');
      const { url, credentials } = config;
      return await openAuthorized(credentials, [url], context, (own) =>
        openUpstream(config, own, times),
      );
    },
  };
}
