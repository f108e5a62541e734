import { limits } from '../../kernel/limits.ts';
import type { ServerChange } from '../../mcp/client/change-filter.ts';
import { ChannelEra } from '../../mcp/client/era-resolver/channel-era.ts';
import { EraResolver } from '../../mcp/client/era-resolver/era-resolver.ts';
import type { ConnectorContext, Upstream } from '../../upstream/contract.ts';
import { channelTimed } from '../../upstream/timed-upstream.ts';
import type { StdioConfig } from './stdio-config.ts';
import { stdioHost } from './stdio-host.ts';
import { StdioLauncher } from './stdio-launcher.ts';

/** Makes what opens servers on this machine; each is started when it is first needed. */
export function createOpener(
  environment: Readonly<Record<string, string | undefined>>,
  probeMs: number,
): (config: StdioConfig, context: ConnectorContext) => Upstream {
  const host = stdioHost(environment, process.cwd());
  return (config, context) => {
    const launcher = new StdioLauncher(config, context, host);
    const changed = (change: ServerChange): void => context.changed(change);
    const { signal, log } = context;
    const decider = new ChannelEra({
      era: config.era,
      probeMs,
      launch: (receiver) => launcher.launch(receiver),
      legacy: {
        isolation: config.isolation,
        exclusive: true,
        asksFirst: true,
        sessionsMax: limits.childrenPerServiceMax,
        sessionsPerCallerMax: limits.childrenPerCallerMax,
        // What everybody shares is kept: nobody can say that it is no longer needed.
        idleMs: config.isolation === 'shared' ? undefined : config.idleMs,
      },
      changed,
      close: () => launcher.close(),
      log,
    });
    const server = new EraResolver(decider, { verdictMs: undefined, changed, signal, log });
    return channelTimed(server, context.slug, config.timeouts);
  };
}
