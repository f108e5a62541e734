import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Gateway } from '../../../gateway/gateway.ts';
import type { ErrorContext } from '../../../mcp/rpc-error-object.ts';
import { checkOrigin } from '../../listener/check-origin.ts';
import type { Admit } from '../../../kernel/principal.ts';
import type { Connections } from '../connections.ts';
import type { Door, UpgradeDoor } from '../../listener/door.ts';
import { endpointPath, EndpointPaths, pathOf } from '../endpoint-paths.ts';
import type { BaseUrlOf } from '../../listener/base-url.ts';
import type { OriginGuard } from '../../listener/origin-guard.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { socketCredential } from './socket-credential.ts';
import type { WebSockets } from './web-sockets.ts';

/** What the WebSocket door is made from. */
export interface WebSocketDoorContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly admit: Admit;
  readonly originGuard: OriginGuard;
  readonly baseUrlOf: BaseUrlOf;
  readonly connections: Connections;
  /** Loaded when the first client asks for it. */
  webSockets(): Promise<WebSockets>;
}

const WEB_SOCKET = '/ws';

/**
 * MCP over WebSocket on `/ws`, `/ws/{service}` and `/ws/bundles/{bundle}`: the message rules of
 * stdio, one JSON-RPC message per text frame, both eras on one socket.
 */
export class WebSocketDoor implements Door, UpgradeDoor {
  readonly #context: WebSocketDoorContext;
  readonly #paths = new EndpointPaths(WEB_SOCKET);

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
    const { gateway, admit, originGuard, baseUrlOf, connections, log, ids } = this.#context;
    const url = request.url as string;
    const place = { baseUrl: baseUrlOf(request.headers.host), path: pathOf(url) };
    // A connection that breaks while its key is looked up must not be an error of nobody.
    const ignore = (): void => {};
    socket.on('error', ignore);
    try {
      checkOrigin(originGuard, request);
      const endpoint = this.#paths.endpointOf(url);
      const token = socketCredential(request.headers);
      const resource = endpointPath(WEB_SOCKET, endpoint);
      const principal = await admit(token, resource);
      connections.checkRoom(principal);
      const caller = { admit: () => admit(token, resource), sessionId: null };
      const context = { gateway, endpoint, ...caller, log, ids };
      const webSockets = await this.#context.webSockets();
      socket.off('error', ignore);
      webSockets.open({ request, socket, head }, principal, context);
    } catch (error) {
      refuseUpgrade(this.#context, socket, error, place);
    }
  }
}
