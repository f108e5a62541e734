import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { ConversationContext } from '../../../gateway/calls/conversation.ts';
import { standardPace, type Pace } from '../../../gateway/calls/paced-writer.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Principal } from '../../../kernel/principal.ts';
import type { Connections } from '../connections.ts';
import { SocketConnection } from './socket-connection.ts';
import { SUBPROTOCOL } from './socket-credential.ts';

/** Frames one message may come in; more are an attack on the reader. */
const FRAGMENTS_MAX = 1_024;

/** A connection to be taken over. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Turns HTTP connections into WebSocket conversations. */
export class WebSockets {
  readonly #connections: Connections;
  readonly #pace: Pace;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // A few compressed bytes could ask for gigabytes.
    perMessageDeflate: false,
    maxPayload: limits.requestBodyBytesMax,
    maxFragments: FRAGMENTS_MAX,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });

  constructor(connections: Connections, pace: Pace = standardPace) {
    this.#connections = connections;
    this.#pace = pace;
  }

  /**
   * Takes the connection over, or answers why the handshake is no good. `opened` hears of the
   * conversation, `closed` of its end.
   */
  open(
    { request, socket, head }: UpgradeRequest,
    principal: Principal,
    context: ConversationContext,
    opened: (connection: SocketConnection) => void = () => {},
    closed: (connection: SocketConnection) => void = () => {},
  ): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new SocketConnection(webSocket, principal, context, this.#pace, (one) => {
        this.#connections.remove(one);
        closed(one);
      });
      this.#connections.add(connection);
      opened(connection);
    });
  }
}
