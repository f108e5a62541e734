import type { Connector } from '../../upstream/contract.ts';
import { stdioConfig, type StdioConfig } from './stdio-config.ts';
import { StdioLauncher, type StdioHost } from './stdio-launcher.ts';
import { StdioUpstream } from './stdio-upstream.ts';

/** MCP servers that run as children of the gateway and speak over their standard streams. */
export function stdioConnector(host: StdioHost): Connector<StdioConfig> {
  return {
    kind: 'mcp-stdio',
    specification: 'v1',
    config: stdioConfig,
    operatorOnly: true,
    open: (config, context) => {
      const launcher = new StdioLauncher(config, context, host);
      return Promise.resolve(new StdioUpstream(config, context, launcher));
    },
  };
}
