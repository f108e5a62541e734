import { limits } from '../../kernel/limits.ts';
import { ChannelServer } from '../../mcp/client/channel-server.ts';
import type { Connector, ConnectorContext } from '../../upstream/contract.ts';
import { webSocketConfig, type WebSocketConfig } from './websocket-config.ts';
import { WebSocketLauncher } from './websocket-launcher.ts';

/** Times of the connector; `limits` has the defaults. */
export interface WebSocketTimes {
  /** How long a server may take to say what it is before it is asked the legacy way too. */
  readonly probeMs?: number;
  readonly pingMs?: number;
  /** How long it is believed that a server is legacy. */
  readonly verdictMs?: number;
}

/** MCP servers of every revision over WebSocket. */
export function createMcpWebSocketConnector(
  times: WebSocketTimes = {},
): Connector<WebSocketConfig> {
  return {
    kind: 'mcp-websocket',
    specification: 'v1',
    config: webSocketConfig,
    operatorOnly: false,
    open: (config, context) => Promise.resolve(openServer(config, context, times)),
  };
}

function openServer(
  config: WebSocketConfig,
  context: ConnectorContext,
  times: WebSocketTimes,
): ChannelServer {
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
  const server = new ChannelServer({
    era: config.era,
    probeMs,
    verdictMs: times.verdictMs ?? limits.eraVerdictMs,
    launch: (receiver) => launcher.launch(receiver),
    legacy: {
      shared: false,
      exclusive: true,
      sessionsMax: limits.sessionsPerUpstreamMax,
      idleMs: limits.sessionIdleMs,
    },
    changed: (change) => {
      if (change.kind === 'lost') void mend();
      else context.changed(change);
    },
    close: () => launcher.close(),
    signal: context.signal,
  });
  return server;
}
