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

/**
 * The one door out. Every address is checked on the socket itself; redirects are not followed.
 * Throws GatewayError: `egress_denied`, `upstream_unavailable` (cannot connect),
 * `upstream_timeout`, `upstream_failed` (broken answer).
 */
export interface Egress {
  request(request: EgressRequest): Promise<EgressResponse>;
}
