import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ConversationContext } from '../../../gateway/calls/conversation.ts';
import { standardPace, type Pace } from '../../../gateway/calls/paced-writer.ts';
import type { Endpoint } from '../../../gateway/exchange.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import type { Principal } from '../../../kernel/principal.ts';
import type { Connections } from '../connections.ts';
import { SseConnection } from './sse-connection.ts';

const STREAM_ID_BYTES = 24;

/** The open event streams of HTTP+SSE, each with the id its client posts under. */
export class SseStreams {
  readonly #connections: Connections;
  readonly #pace: Pace;
  readonly #streams = new Map<string, SseConnection>();

  constructor(connections: Connections, pace: Pace = standardPace) {
    this.#connections = connections;
    this.#pace = pace;
  }

  /** Opens a stream on a response; `messagesUrl` makes the address to post to from an id. */
  open(
    response: ServerResponse,
    principal: Principal,
    context: ConversationContext,
    messagesUrl: (id: string) => string,
  ): SseConnection {
    const id = randomBytes(STREAM_ID_BYTES).toString('hex');
    const url = messagesUrl(id);
    const connection = new SseConnection(response, principal, context, this.#pace, url);
    this.#streams.set(id, connection);
    this.#connections.add(connection);
    response.once('close', () => {
      this.#streams.delete(id);
      this.#connections.remove(connection);
    });
    return connection;
  }

  /** What a stream leads to; everything for one that is not there. */
  endpointOf(id: string | null): Endpoint {
    return this.#streams.get(id ?? '')?.endpoint ?? { kind: 'all' };
  }

  /**
   * The stream of this id, if it is this credential's. Throws GatewayError `session_not_found`
   * otherwise (another's stream is as unknown as none), `too_many` while its client does not read.
   */
  find(id: string | null, { grantId }: Principal): SseConnection {
    if (id === null || id === '') {
      throw new GatewayError('invalid_request', 'The address lacks ?sessionId=.');
    }
    const connection = this.#streams.get(id);
    if (connection?.principal.grantId !== grantId) {
      throw new GatewayError('session_not_found');
    }
    if (connection.clogged) {
      throw new GatewayError('too_many', 'Read the stream before you ask for more.');
    }
    return connection;
  }
}
