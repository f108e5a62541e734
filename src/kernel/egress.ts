import type { Socket } from 'node:net';
import type { Cancellation } from './cancellation.ts';

/** Response headers: names in lower case, repeated values joined by ", ". */
export type EgressHeaders = Readonly<Record<string, string>>;

/** The head of an answer. */
export interface EgressHead {
  readonly status: number;
  readonly headers: EgressHeaders;
  /** The body's length when the head tells it. */
  readonly bodyBytes: number | undefined;
}

/** What a sink may tell the connection its body comes from. */
export interface BodyFlow {
  pause(): void;
  resume(): void;
  /** The memory of a kept chunk may be used again; called once, by whoever kept it. */
  release(chunk: Buffer): void;
}

/**
 * What became of a chunk of a body: a `kept` one may not be overwritten, an `awaiting` one comes
 * again together with what follows it.
 */
export type ChunkOutcome = 'taken' | 'kept' | 'awaiting' | 'refused';

/** Takes a body chunk by chunk straight from the socket, instead of from the response. */
export interface BodySink {
  /** Whether it takes the body of an answer with this head. */
  accepts(head: EgressHead, flow: BodyFlow): boolean;
  /**
   * One chunk, in memory that is only lent; `mayAwait` says that the rest of the body fits behind
   * it. A first chunk may be refused: the response then has the whole body after all. Throwing
   * breaks the answer off.
   */
  chunk(bytes: Buffer, mayAwait: boolean): ChunkOutcome;
}

/** One HTTP request out of the gateway. */
export interface EgressRequest {
  /** Absolute http: or https: URL; its path and query go on the wire exactly as given. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly cancellation?: Cancellation;
  /** For connecting, TLS included; default `limits.upstreamConnectMs`. */
  readonly connectTimeoutMs?: number | undefined;
  /** Until the response head; default `limits.upstreamHeadersMs`. */
  readonly headersTimeoutMs?: number;
  /** Silence within the body, while somebody reads it; none is too long when absent. */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * Whether it changes nothing, so that it may be sent once more when a kept connection turns out
   * to be closed; by default the method says so.
   */
  readonly isSafe?: boolean;
  /** Is offered the body; when it takes it, the response comes after the body and has none. */
  readonly sink?: BodySink | undefined;
}

/** The answer: a head, and a body to be read once. */
export interface EgressResponse {
  readonly status: number;
  readonly headers: EgressHeaders;
  /** The whole body. Throws GatewayError `upstream_failed` above `bytesMax`. */
  bytes(bytesMax?: number): Promise<Buffer>;
  /**
   * The body as it comes; the socket is paused while the consumer is busy. With `isLent` a chunk is
   * valid only until the next one is asked for: for who keeps nothing of it.
   */
  stream(isLent?: boolean): AsyncIterable<Buffer>;
  /** Drops the rest of the body. */
  discard(): void;
}

/** Where a raw socket goes. */
export interface EgressTarget {
  readonly host: string;
  readonly port: number;
  /** True for TLS from the first byte. */
  readonly secure: boolean;
}

/** One WebSocket out of the gateway. */
export interface EgressWebSocketRequest {
  /** Absolute ws: or wss: URL. */
  readonly url: string;
  /** Subprotocols to offer; the server must choose one of them when there are any. */
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** Cancelling it ends the socket. */
  readonly cancellation?: Cancellation;
  /** One message; default `limits.upstreamEventBytesMax`. */
  readonly messageBytesMax?: number;
  /** For connecting, and again for the handshake; default `limits.upstreamConnectMs`. */
  readonly connectTimeoutMs?: number | undefined;
  /** A ping is sent this often, and a peer that answered none by the next is gone; else none. */
  readonly pingMs?: number;
}

/** An open WebSocket that carries texts. */
export interface EgressWebSocket {
  /** The chosen subprotocol, or an empty text. */
  readonly protocol: string;
  send(text: string): void;
  /** Bytes that the other side has not taken yet. */
  readonly queuedBytes: number;
  /**
   * The texts that arrive, in UTF-8, for one reader; the socket is paused while the reader is
   * busy. Ends when either side closes. Throws GatewayError `upstream_failed` (the connection was
   * lost, a message is too large or not text) and `cancelled`.
   */
  messages(): AsyncIterable<Buffer>;
  /** The code and reason the other side closed with, once it did. */
  readonly closed: { readonly code: number; readonly reason: string } | undefined;
  /** Closes it; harmless when it is closed already. */
  close(code?: number, reason?: string): void;
}

/**
 * The one door out. Every address is checked on the socket itself. A 307 or 308 is followed within
 * its origin and refused by name beyond it; other redirects are answers. Content comes decoded.
 * Throws GatewayError: `egress_denied`, `upstream_unavailable` (cannot connect),
 * `upstream_timeout`, `upstream_failed` (broken answer).
 */
export interface Egress {
  request(request: EgressRequest): Promise<EgressResponse>;
  /** Opens a socket for a protocol that is not HTTP (a database); whoever asked ends it. */
  connect(target: EgressTarget): Promise<Socket>;
  /** Opens a WebSocket (RFC 6455); no compression, no redirects. */
  openWebSocket(request: EgressWebSocketRequest): Promise<EgressWebSocket>;
}

/** A message to one person; plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Hands messages to a mail server. */
export interface Mailer {
  /** Rejects with GatewayError `upstream_failed` when the server does not take it. */
  send(mail: Mail): Promise<void>;
}
