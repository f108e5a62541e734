import { limits } from '../../kernel/limits.ts';
import type { ServerChange } from '../../mcp/client/change-filter.ts';
import { ChannelEra } from '../../mcp/client/era-resolver/channel-era.ts';
import { EraResolver } from '../../mcp/client/era-resolver/era-resolver.ts';
import type { ConnectorContext, Upstream } from '../../upstream/contract.ts';
import { channelTimed } from '../../upstream/timed-upstream.ts';
import type { WebSocketConfig } from './websocket-config.ts';
import { WebSocketLauncher } from './websocket-launcher.ts';

/** Times of the connector; `limits` has the defaults. */
export interface WebSocketTimes {
  /** How long a server may take to say what it is before it is asked the legacy way too. */
  readonly probeMs?: number;
  readonly pingMs?: number;
  /** How long it is believed that a server is legacy. */
  readonly verdictMs?: number;
}

/** Opens one server; it is contacted when it is first needed. */
export function openUpstream(
  config: WebSocketConfig,
  context: ConnectorContext,
  times: WebSocketTimes,
): Upstream {
  const { probeMs = limits.eraProbeMs, pingMs = limits.connectionPingMs } = times;
  const launcher = new WebSocketLauncher(config, context, pingMs);
  let isMending = false;
  /** One broken socket is no lost service: it is lost when it cannot be reached any more. */
  const mend = async (): Promise<void> => {
    if (isMending) return;
    isMending = true;
    try {
      await server.discover(context.signal);
    } catch (error) {
      const text = error instanceof Error ? error.message : 'the service cannot be reached';
      context.changed({ kind: 'lost', text });
    } finally {
      isMending = false;
    }
  };
  const changed = (change: ServerChange): void => {
    if (change.kind === 'lost') void mend();
    else context.changed(change);
  };
  const { signal, log } = context;
  const decider = new ChannelEra({
    era: config.era,
    probeMs,
    launch: (receiver) => launcher.launch(receiver),
    legacy: {
      isolation: 'caller',
      exclusive: true,
      asksFirst: false,
      sessionsMax: limits.sessionsPerUpstreamMax,
      sessionsPerCallerMax: limits.exclusiveSessionsMax,
      idleMs: limits.sessionIdleMs,
    },
    changed,
    close: () => launcher.close(),
    log,
  });
  const verdictMs = times.verdictMs ?? limits.eraVerdictMs;
  const server = new EraResolver(decider, { verdictMs, changed, signal, log });
  const { connectMs: _, ...calls } = config.timeouts ?? {};
  return channelTimed(server, context.slug, calls);
}
