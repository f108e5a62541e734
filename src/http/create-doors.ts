import type { Pace } from '../gateway/duplex/paced-writer.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { ErrorContext } from '../mcp/rpc-error-object.ts';
import { Connections, type ConnectionTimes } from './connections.ts';
import { McpDoor } from './mcp/mcp-door.ts';
import type { OriginGuard } from './origin-guard.ts';
import type { Doors } from './server.ts';
import { SseDoor } from './sse/sse-door.ts';
import { SseStreams } from './sse/sse-streams.ts';
import { WebSocketDoor } from './websocket/web-socket-door.ts';
import { WebSockets } from './websocket/web-sockets.ts';

/** What the doors of the data plane are made from. */
export interface DoorsContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly originGuard: OriginGuard;
  /** The path under which a proxy shows the gateway: '' or '/…'; '' when absent. */
  readonly basePath?: string;
  /** How slowly clients may read; the standard one when absent. */
  readonly pace?: Pace;
  /** How often connections are looked at; the standard when absent. */
  readonly times?: ConnectionTimes;
}

/** Builds every door of the data plane. */
export function createDoors(context: DoorsContext): Doors & Disposable {
  const { gateway, pace, times, basePath = '' } = context;
  const mcp = new McpDoor(context);
  const connections = new Connections(gateway, times);
  const webSockets = new WebSockets(connections, pace);
  const webSocket = new WebSocketDoor({ ...context, connections, webSockets });
  const streams = new SseStreams(connections, pace);
  const sse = new SseDoor({ ...context, connections, streams, basePath });
  return {
    requests: [mcp, webSocket, sse],
    upgrades: [webSocket],
    drained: [mcp, connections],
    [Symbol.dispose]: () => {
      mcp[Symbol.dispose]();
      connections[Symbol.dispose]();
    },
  };
}
