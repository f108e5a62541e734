import type { Socket } from 'node:net';
import type { Cancellation } from '../kernel/cancellation.ts';

/** Response headers: names in lower case, repeated values joined by ", ". */
export type EgressHeaders = Readonly<Record<string, string>>;

/** One HTTP request out of the gateway. */
export interface EgressRequest {
  /** Absolute http: or https: URL; its path and query go on the wire exactly as given. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly cancellation?: Cancellation;
  /** Until the response head; default `limits.upstreamHeadersMs`. */
  readonly headersTimeoutMs?: number;
}

/** The answer: a head, and a body to be read once. */
export interface EgressResponse {
  readonly status: number;
  readonly headers: EgressHeaders;
  /** The whole body. Throws GatewayError `upstream_failed` above `bytesMax`. */
  bytes(bytesMax?: number): Promise<Buffer>;
  /** The body as it comes; the socket is paused while the consumer is busy. */
  stream(): AsyncIterable<Buffer>;
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
}

/** An open WebSocket that carries texts. */
export interface EgressWebSocket {
  /** The chosen subprotocol, or an empty text. */
  readonly protocol: string;
  send(text: string): void;
  /**
   * The texts that arrive, for one reader; the socket is paused while the reader is busy. Ends
   * when either side closes. Throws GatewayError `upstream_failed` (the connection was lost, a
   * message is too large or not text) and `cancelled`.
   */
  messages(): AsyncIterable<string>;
  /** The code and reason the other side closed with, once it did. */
  readonly closed: { readonly code: number; readonly reason: string } | undefined;
  /** Closes it; harmless when it is closed already. */
  close(code?: number, reason?: string): void;
}

/**
 * The one door out. Every address is checked on the socket itself; redirects are not followed.
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
