import { limits } from '../../kernel/limits.ts';
import type { Connector } from '../../upstream/contract.ts';
import { lazy } from '../../upstream/lazy.ts';
import { stdioConfig, type StdioConfig } from './stdio-config.ts';

/**
 * MCP servers that run as children of the gateway and speak over their standard streams. Of the
 * environment given, children see only names that cannot hold secrets. `probeMs` is how long a
 * server may take to say what it is before it is asked the legacy way too.
 */
export function createMcpStdioConnector(
  environment: Readonly<Record<string, string | undefined>>,
  probeMs: number = limits.eraProbeMs,
): Connector<StdioConfig> {
  const opener = lazy(async () => {
    // Loaded with the first server, not with the gateway.
    const { createOpener } = await import('./create-opener.ts');
    return createOpener(environment, probeMs);
  });
  return {
    kind: 'mcp-stdio',
    specification: 'v1',
    config: stdioConfig,
    operatorOnly: true,
    open: async (config, context) => (await opener.get())(config, context),
  };
}
