import { standardPace, type Pace } from '../../gateway/calls/paced-writer.ts';
import { SlowReaders } from '../../gateway/calls/slow-readers.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import type { ManagedSessions } from '../../gateway/sessions/managed-sessions.ts';
import type { ErrorContext } from '../../mcp/rpc-error-object.ts';
import type { AuthorizationServer } from '../../identity/oauth/authorization-server.ts';
import type { Admit } from '../../kernel/principal.ts';
import { Connections, type ConnectionTimes } from './connections.ts';
import { McpDoor } from './mcp/mcp-door.ts';
import type { BaseUrlOf } from '../listener/base-url.ts';
import type { OriginGuard } from '../listener/origin-guard.ts';
import { OAuthDoor, type OAuthDoorContext } from './oauth/oauth-door.ts';
import { RestDoor } from './rest/rest-door.ts';
import type { Doors } from '../listener/server.ts';
import { SessionDoor } from './sessions/session-door.ts';
import { SseDoor } from './sse/sse-door.ts';
import { SseStreams } from './sse/sse-streams.ts';
import { WebSocketDoor } from './websocket/web-socket-door.ts';
import type { WebSockets } from './websocket/web-sockets.ts';

/** What the doors of the data plane are made from. */
export interface DoorsContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly admit: Admit;
  readonly originGuard: OriginGuard;
  readonly baseUrlOf: BaseUrlOf;
  readonly sessions: ManagedSessions;
  /** The path under which a proxy shows the gateway: '' or '/…' without a slash at the end. */
  readonly basePath: string;
  /** The gateway's own authorization server; absent where others make the tokens. */
  readonly authorizationServer?: () => Promise<AuthorizationServer>;
  /** Who makes tokens for this gateway. */
  readonly authorizationServers?: OAuthDoorContext['authorizationServers'];
  /** How slowly clients may read; the standard one when absent. */
  readonly pace?: Pace;
  /** How often connections are looked at; the standard when absent. */
  readonly times?: ConnectionTimes;
}

/** Builds every door of the data plane. */
export function createDoors(context: DoorsContext): Doors & Disposable {
  const { times } = context;
  const pace: Pace = { together: new SlowReaders(), ...(context.pace ?? standardPace) };
  const mcp = new McpDoor({ ...context, pace });
  const connections = new Connections(times);
  const streams = new SseStreams(connections, pace);
  const webSockets = lazyWebSockets(connections, pace);
  const shared = { ...context, pace, connections, streams, webSockets };
  const webSocket = new WebSocketDoor(shared);
  const session = new SessionDoor({ ...shared, mcp });
  const rest = new RestDoor({ ...context, pace });
  const oauth = new OAuthDoor({ authorizationServers: (baseUrl) => [baseUrl], ...context });
  return {
    lane: mcp,
    requests: [mcp, webSocket, new SseDoor(shared), session, rest, oauth],
    upgrades: [webSocket, session],
    drained: [mcp, connections, rest],
    [Symbol.dispose]: () => {
      mcp[Symbol.dispose]();
      connections[Symbol.dispose]();
    },
  };
}

/** The WebSocket code is loaded for its first client: a start does not wait for it. */
function lazyWebSockets(connections: Connections, pace: Pace): () => Promise<WebSockets> {
  let loading: Promise<WebSockets> | undefined;
  return () =>
    (loading ??= import('./websocket/web-sockets.ts').then(
      (module) => new module.WebSockets(connections, pace),
    ));
}
