import type { JsonObject } from '../../../src/kernel/json.ts';
import type { ChannelReceiver, PeerChannel } from '../../../src/mcp/client/peer-channel.ts';
import type { LegacyTransport } from '../../../src/mcp/client/legacy/legacy-transport.ts';

/** A JSON-RPC message as the fake sees it. */
export interface FakeMessage {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly result?: JsonObject;
  readonly error?: JsonObject;
}

/** One session with the fake: what it got, and a way to speak. */
export interface FakeSession {
  readonly got: FakeMessage[];
  readonly receiver: ChannelReceiver;
  /** ClientCapabilities of `initialize`. */
  readonly capabilities: () => JsonObject;
  isClosed: boolean;
  say(message: object, origin?: number): Promise<void> | undefined;
}

/** Answers a request, or not. */
export type FakeAnswer = (message: FakeMessage, session: FakeSession) => object | undefined;

/** A legacy server in memory. */
export class FakeLegacyServer {
  readonly sessions: FakeSession[] = [];
  readonly #answer: FakeAnswer;
  readonly #capabilities: JsonObject;

  /** The capabilities are ServerCapabilities beyond the usual ones. */
  constructor(answer: FakeAnswer, capabilities: JsonObject = {}) {
    this.#answer = answer;
    this.#capabilities = { logging: {}, resources: { subscribe: true }, ...capabilities };
  }

  /** The transport to it. */
  transport(more: Partial<LegacyTransport> = {}): LegacyTransport {
    const open = (receiver: ChannelReceiver): Promise<PeerChannel> =>
      Promise.resolve(this.#open(receiver));
    const isolation = more.isolation ?? 'shared';
    const bounds = { sessionsMax: 8, sessionsPerCallerMax: 8, idleMs: undefined };
    const isShared = isolation === 'shared';
    return { open, isolation, exclusive: isShared, asksFirst: isShared, ...bounds, ...more };
  }

  /** Everything the server got of a method, over all sessions. */
  got(method: string): FakeMessage[] {
    return this.sessions.flatMap(({ got }) => got.filter((one) => one.method === method));
  }

  #open(receiver: ChannelReceiver): PeerChannel {
    const session: FakeSession = {
      got: [],
      receiver,
      capabilities: () =>
        session.got.find(({ method }) => method === 'initialize')?.params?.[
          'capabilities'
        ] as JsonObject,
      isClosed: false,
      say: (message, origin) => {
        const text = JSON.stringify({ jsonrpc: '2.0', ...message });
        return receiver.received(Buffer.from(text), origin);
      },
    };
    this.sessions.push(session);
    const take = (json: string): void => {
      const message = JSON.parse(json) as FakeMessage;
      session.got.push(message);
      queueMicrotask(() => this.#take(message, session));
    };
    return {
      request: (_id, json) => take(json),
      post: take,
      abandon: () => {},
      initialized: () => {},
      close: () => {
        session.isClosed = true;
        return Promise.resolve();
      },
    };
  }

  #take(message: FakeMessage, session: FakeSession): void {
    const { id, method } = message;
    if (id === undefined || method === undefined) {
      this.#answer(message, session);
      return;
    }
    const result =
      method === 'initialize'
        ? {
            protocolVersion: '2025-11-25',
            capabilities: this.#capabilities,
            serverInfo: { name: 'fake', version: '1' },
          }
        : this.#answer(message, session);
    if (result !== undefined) void session.say({ id, result });
  }
}
