import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Gateway } from '../../../gateway/gateway.ts';
import type { ErrorContext } from '../../../mcp/rpc-error-object.ts';
import { checkOrigin } from '../../listener/check-origin.ts';
import type { Admit } from '../../../kernel/principal.ts';
import type { Connections } from '../connections.ts';
import type { Door, UpgradeDoor } from '../../listener/door.ts';
import { EndpointPaths } from '../endpoint-paths.ts';
import type { OriginGuard } from '../../listener/origin-guard.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { socketCredential } from './socket-credential.ts';
import type { WebSockets } from './web-sockets.ts';

/** What the WebSocket door is made from. */
export interface WebSocketDoorContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly admit: Admit;
  readonly originGuard: OriginGuard;
  readonly connections: Connections;
  /** Loaded when the first client asks for it. */
  webSockets(): Promise<WebSockets>;
}

/**
 * MCP over WebSocket on `/ws`, `/ws/{service}` and `/ws/bundles/{bundle}`: the message rules of
 * stdio, one JSON-RPC message per text frame, both eras on one socket.
 */
export class WebSocketDoor implements Door, UpgradeDoor {
  readonly #context: WebSocketDoorContext;
  readonly #paths = new EndpointPaths('/ws');

  constructor(context: WebSocketDoorContext) {
    this.#context = context;
  }

  owns(url: string): boolean {
    return this.#paths.owns(url);
  }

  /** Tells a client that came without an upgrade what is missing. */
  serve(_request: IncomingMessage, response: ServerResponse): Promise<void> {
    const headers = { connection: 'Upgrade', upgrade: 'websocket', 'content-length': '0' };
    response.writeHead(426, headers).end();
    return Promise.resolve();
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { gateway, admit, originGuard, connections, log, ids } = this.#context;
    // A connection that breaks while its key is looked up must not be an error of nobody.
    const ignore = (): void => {};
    socket.on('error', ignore);
    try {
      checkOrigin(originGuard, request);
      const endpoint = this.#paths.endpointOf(request.url as string);
      const token = socketCredential(request.headers);
      const principal = await admit(token);
      connections.checkRoom(principal);
      const caller = { admit: () => admit(token), sessionId: null };
      const context = { gateway, endpoint, ...caller, log, ids };
      const webSockets = await this.#context.webSockets();
      socket.off('error', ignore);
      webSockets.open({ request, socket, head }, principal, context);
    } catch (error) {
      refuseUpgrade(this.#context, socket, error);
    }
  }
}
