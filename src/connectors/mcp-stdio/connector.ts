import { limits } from '../../kernel/limits.ts';
import { ChannelServer } from '../../mcp/client/channel-server.ts';
import type { Connector } from '../../upstream/contract.ts';
import { stdioConfig, type StdioConfig } from './stdio-config.ts';
import { stdioHost } from './stdio-host.ts';
import { StdioLauncher } from './stdio-launcher.ts';

/**
 * MCP servers that run as children of the gateway and speak over their standard streams. Of the
 * environment given, children see only names that cannot hold secrets. `probeMs` is how long a
 * server may take to say what it is before it is asked the legacy way too.
 */
export function createMcpStdioConnector(
  environment: Readonly<Record<string, string | undefined>>,
  probeMs: number = limits.eraProbeMs,
): Connector<StdioConfig> {
  const host = stdioHost(environment, process.cwd());
  return {
    kind: 'mcp-stdio',
    specification: 'v1',
    config: stdioConfig,
    operatorOnly: true,
    open: (config, context) => {
      const launcher = new StdioLauncher(config, context, host);
      const server = new ChannelServer({
        era: config.era,
        probeMs,
        verdictMs: undefined,
        launch: (receiver) => launcher.launch(receiver),
        legacy: {
          shared: true,
          exclusive: true,
          sessionsMax: limits.profilesPerUpstreamMax,
          idleMs: undefined,
        },
        changed: (change) => context.changed(change),
        close: () => launcher.close(),
        signal: context.signal,
      });
      return Promise.resolve(server);
    },
  };
}
