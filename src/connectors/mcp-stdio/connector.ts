import type { Connector } from '../../upstream/contract.ts';
import { stdioConfig, type StdioConfig } from './stdio-config.ts';
import { stdioHost } from './stdio-host.ts';
import { StdioLauncher } from './stdio-launcher.ts';
import { StdioUpstream } from './stdio-upstream.ts';

/**
 * MCP servers that run as children of the gateway and speak over their standard streams. Of the
 * environment given, children see only names that cannot hold secrets.
 */
export function createMcpStdioConnector(
  environment: Readonly<Record<string, string | undefined>>,
): Connector<StdioConfig> {
  const host = stdioHost(environment, process.cwd());
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
