import { HttpEgress } from '../../../src/egress/http-egress.ts';
import { createMcpWebSocketConnector } from '../../../src/connectors/mcp-websocket/connector.ts';
import type { WebSocketTimes } from '../../../src/connectors/mcp-websocket/open-upstream.ts';
import type { Upstream, UpstreamChange } from '../../../src/upstream/contract.ts';
import { testContext } from '../mcp-stdio/harness.ts';

/** A WebSocket server as an upstream over a real egress. */
export interface OpenedSocket extends AsyncDisposable {
  readonly upstream: Upstream;
  readonly changes: readonly UpstreamChange[];
}

/** What a test changes of the usual. */
export interface SocketOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly times?: WebSocketTimes;
}

/** Opens a WebSocket server as the catalog would. */
export async function openSocket(url: string, options: SocketOptions = {}): Promise<OpenedSocket> {
  const egress = new HttpEgress({ policy: { allowHosts: ['127.0.0.1'] } });
  const context = { ...testContext(options.secrets), egress };
  const connector = createMcpWebSocketConnector(options.times);
  const config = connector.config.parse({ url, ...options.config });
  const upstream = await connector.open(config, context);
  return {
    upstream,
    changes: context.changes,
    async [Symbol.asyncDispose]() {
      await upstream[Symbol.asyncDispose]();
      await egress[Symbol.asyncDispose]();
    },
  };
}
