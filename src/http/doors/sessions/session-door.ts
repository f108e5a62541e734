import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { standardPace, type Pace } from '../../../gateway/calls/paced-writer.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import type { SessionInUse, ManagedSessions } from '../../../gateway/sessions/managed-sessions.ts';
import { sessionEndpoint } from '../../../gateway/sessions/session-endpoint.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { Principal, Admit } from '../../../kernel/principal.ts';
import type { ErrorContext } from '../../../mcp/rpc-error-object.ts';
import type { ResourcePlace } from '../../../identity/oauth/challenge.ts';
import type { BaseUrlOf } from '../../listener/base-url.ts';
import { checkOrigin } from '../../listener/check-origin.ts';
import type { Connections } from '../connections.ts';
import { credentialHeader } from '../../listener/credential-header.ts';
import type { Door, UpgradeDoor } from '../../listener/door.ts';
import { answerError } from '../mcp/answer-error.ts';
import type { McpDoor } from '../mcp/mcp-door.ts';
import { Reply } from '../../listener/reply.ts';
import type { OriginGuard } from '../../listener/origin-guard.ts';
import type { SseConnection } from '../sse/sse-connection.ts';
import { checkAccept } from '../sse/sse-door.ts';
import type { SseStreams } from '../sse/sse-streams.ts';
import { refuseUpgrade } from '../websocket/refuse-upgrade.ts';
import { socketCredential } from '../websocket/socket-credential.ts';
import type { WebSockets } from '../websocket/web-sockets.ts';
import {
  isServed,
  isSessionAddress,
  readSessionAddress,
  sessionUrl,
  type SessionAddress,
} from './session-address.ts';
import type { SessionExchange } from './session-exchange.ts';
import { takeSessionMessage } from './session-messages.ts';

/** What the door of managed sessions is made from. */
export interface SessionDoorContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly admit: Admit;
  readonly originGuard: OriginGuard;
  readonly baseUrlOf: BaseUrlOf;
  readonly sessions: ManagedSessions;
  readonly connections: Connections;
  readonly streams: SseStreams;
  readonly mcp: McpDoor;
  webSockets(): Promise<WebSockets>;
  readonly basePath: string;
  readonly pace?: Pace;
}

/** A session may lead to several services: no credential of one endpoint is good here. */
const RESOURCE = '/sessions';

interface Found {
  readonly principal: Principal;
  readonly live: SessionInUse;
}

/**
 * The transports of the sessions that callers made: `/sessions/{id}/mcp`, `/sse`, `/messages` and
 * `/ws`. A session answers only to the credential that made it, by the transport it was made for,
 * and whatever was opened in it ends with it.
 */
export class SessionDoor implements Door, UpgradeDoor {
  readonly #context: SessionDoorContext;
  /** The one event stream of a session. */
  readonly #streams = new Map<string, SseConnection>();

  constructor(context: SessionDoorContext) {
    this.#context = context;
  }

  owns(url: string): boolean {
    return isSessionAddress(url);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = new Reply(response, this.#context.pace);
    const place = this.#placeOf(request);
    reply.place = place;
    try {
      checkOrigin(this.#context.originGuard, request);
      const token = credentialHeader(request.headers);
      const address = readSessionAddress(request);
      const { principal, live } = await this.#find(token, address);
      const endpoint = sessionEndpoint(live.session);
      // What is not finished when the session ends is told so.
      const undo = live.life.onCancel(() => {
        if (reply.streaming || !response.headersSent) this.#refuse(reply, ended());
      });
      response.once('close', undo);
      await this.#dispatch({ request, response, reply, token, principal, address, live, endpoint });
    } catch (error) {
      this.#refuse(reply, error);
    }
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { gateway, admit, originGuard, connections, log, ids } = this.#context;
    const place = this.#placeOf(request);
    const ignore = (): void => {};
    socket.on('error', ignore);
    try {
      checkOrigin(originGuard, request);
      const token = socketCredential(request.headers);
      const address = readSessionAddress(request);
      const { principal, live } = await this.#find(token, address);
      if (address.part !== 'ws') throw new GatewayError('not_found');
      connections.checkRoom(principal);
      const endpoint = sessionEndpoint(live.session);
      const caller = { admit: () => admit(token, RESOURCE), sessionId: live.session.id };
      const context = { gateway, endpoint, ...caller, log, ids };
      const webSockets = await this.#context.webSockets();
      socket.off('error', ignore);
      let undo = (): void => {};
      webSockets.open(
        { request, socket, head },
        principal,
        context,
        (connection) => {
          undo = live.life.onCancel(() => connection.end('session_ended'));
        },
        () => undo(),
      );
    } catch (error) {
      refuseUpgrade(this.#context, socket, error, place);
    }
  }

  /** The session an address names. Whoever has no key learns nothing of it. */
  async #find(token: string | undefined, address: SessionAddress): Promise<Found> {
    const principal = await this.#context.admit(token, RESOURCE);
    const live = await this.#context.sessions.find(principal, address.id);
    const { idPlace, transport } = live.session;
    if (idPlace !== address.place || !isServed(address.part, transport)) throw ended();
    return { principal, live };
  }

  /** Sessions are one resource: their ids are secrets that no document may name. */
  #placeOf({ headers }: IncomingMessage): ResourcePlace {
    return { baseUrl: this.#context.baseUrlOf(headers.host), path: RESOURCE };
  }

  async #dispatch(exchange: SessionExchange): Promise<void> {
    const { request, reply, address, live, endpoint } = exchange;
    const { method } = request;
    if (address.part === 'mcp') {
      const scope = { endpoint, managed: live };
      await this.#context.mcp.serveIn(scope, RESOURCE, request, reply);
    } else if (address.part === 'ws') {
      reply.empty(426, ['upgrade', 'websocket', 'connection', 'Upgrade']);
    } else if (address.part === 'sse' && method === 'GET') this.#openStream(exchange);
    else if (address.part === 'messages' && method === 'POST') {
      const { pace = standardPace } = this.#context;
      const stream = this.#streams.get(live.session.id);
      await takeSessionMessage({ ...this.#context, pace }, exchange, stream);
    } else reply.empty(405, ['allow', address.part === 'sse' ? 'GET' : 'POST']);
  }

  /** Opens the session's stream; one that is open already gives way to its client's new one. */
  #openStream({ request, response, principal, token, live, endpoint }: SessionExchange): void {
    const { gateway, admit, connections, streams, basePath, log, ids } = this.#context;
    const { id, idPlace } = live.session;
    checkAccept(request.headers.accept);
    this.#streams.get(id)?.end('replaced');
    connections.checkRoom(principal);
    if (response.destroyed) return;
    const caller = { admit: () => admit(token, RESOURCE), sessionId: id };
    const context = { gateway, endpoint, ...caller, log, ids };
    const messagesUrl = sessionUrl({ id, place: idPlace }, 'messages', basePath);
    const connection = streams.open(response, principal, context, () => messagesUrl);
    this.#streams.set(id, connection);
    const undo = live.life.onCancel(() => connection.end('session_ended'));
    response.once('close', () => {
      undo();
      if (this.#streams.get(id) === connection) this.#streams.delete(id);
    });
  }

  #refuse(reply: Reply, error: unknown): void {
    answerError(this.#context, reply, 'legacy', null, error);
  }
}

function ended(): GatewayError {
  return new GatewayError('session_not_found');
}
