import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gateway } from '../../../gateway/gateway.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { ErrorContext } from '../../../mcp/rpc-error-object.ts';
import { checkOrigin } from '../../listener/check-origin.ts';
import type { Admit } from '../../../kernel/principal.ts';
import type { Connections } from '../connections.ts';
import { credentialHeader } from '../../listener/credential-header.ts';
import type { Door } from '../../listener/door.ts';
import { endpointPath, EndpointPaths, pathOf } from '../endpoint-paths.ts';
import { answerError } from '../mcp/answer-error.ts';
import { readMessage } from '../mcp/read-message.ts';
import { Reply } from '../../listener/reply.ts';
import type { BaseUrlOf } from '../../listener/base-url.ts';
import type { OriginGuard } from '../../listener/origin-guard.ts';
import type { SseStreams } from './sse-streams.ts';

/** What the HTTP+SSE door is made from. */
export interface SseDoorContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly admit: Admit;
  readonly originGuard: OriginGuard;
  readonly baseUrlOf: BaseUrlOf;
  readonly connections: Connections;
  readonly streams: SseStreams;
  /** The path under which a proxy shows the gateway: '' or '/…' without a slash at the end. */
  readonly basePath: string;
}

const SSE = '/sse';
const MESSAGES = '/messages';

/**
 * The transport of 2024-11-05: `GET /sse` (or `/sse/{service}`, `/sse/bundles/{bundle}`) opens a
 * stream whose first event says where to post; `POST /messages?sessionId=…` brings messages.
 */
export class SseDoor implements Door {
  readonly #context: SseDoorContext;
  readonly #paths = new EndpointPaths(SSE);

  constructor(context: SseDoorContext) {
    this.#context = context;
  }

  owns(url: string): boolean {
    return this.#paths.owns(url) || pathOf(url) === MESSAGES;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = new Reply(response);
    const allowed = this.#paths.owns(request.url as string) ? 'GET' : 'POST';
    try {
      checkOrigin(this.#context.originGuard, request);
      if (request.method !== allowed) reply.empty(405, ['allow', allowed]);
      else if (allowed === 'GET') await this.#open(request, response, reply);
      else await this.#take(request, reply);
    } catch (error) {
      answerError(this.#context, reply, 'legacy', null, error);
    }
  }

  async #open(
    { url = '', headers }: IncomingMessage,
    response: ServerResponse,
    reply: Reply,
  ): Promise<void> {
    const { gateway, admit, connections, streams, basePath, log, ids } = this.#context;
    const endpoint = this.#paths.endpointOf(url);
    const token = credentialHeader(headers);
    const resource = endpointPath(SSE, endpoint);
    reply.place = { baseUrl: this.#context.baseUrlOf(headers.host), path: resource };
    const principal = await admit(token, resource);
    checkAccept(headers.accept);
    connections.checkRoom(principal);
    if (response.destroyed) return;
    const caller = { admit: () => admit(token, resource), sessionId: null };
    const context = { gateway, endpoint, ...caller, log, ids };
    const messagesUrl = (id: string): string => `${basePath}${MESSAGES}?sessionId=${id}`;
    streams.open(response, principal, context, messagesUrl);
  }

  async #take(request: IncomingMessage, reply: Reply): Promise<void> {
    const { admit, streams, baseUrlOf } = this.#context;
    const { headers } = request;
    const id = new URL(request.url as string, 'http://gateway').searchParams.get('sessionId');
    // A stream's messages need what the stream needed.
    const resource = endpointPath(SSE, streams.endpointOf(id));
    reply.place = { baseUrl: baseUrlOf(headers.host), path: resource };
    const principal = await admit(credentialHeader(headers), resource);
    const stream = streams.find(id, principal);
    const { value, bytes } = await readMessage(request);
    reply.empty(202);
    stream.take(value, bytes);
  }
}

/** Throws GatewayError `not_acceptable` when the client cannot take an event stream. */
export function checkAccept(accept: string | undefined): void {
  if (accept === undefined || /text\/event-stream|text\/\*|\*\/\*/.test(accept)) return;
  throw new GatewayError('not_acceptable', 'A stream needs Accept: text/event-stream.');
}
