import type { GatewayError } from '../../kernel/errors.ts';

/** How messages to one MCP server travel; knows nothing of what they mean. */
export interface PeerChannel {
  /**
   * Sends a request; its answer, or `failed`, comes to the receiver with the same id. One that
   * `isSafe` changes nothing and may be sent twice.
   */
  request(id: number, json: string, isSafe?: boolean): void;
  /** Sends a notification or an answer. */
  post(json: string): void;
  /** Nobody waits for this request any more: what it holds may be freed. */
  abandon(id: number): void;
  /** A legacy session is open and speaks this revision. */
  initialized(protocolVersion: string): void;
  /** Ends the channel; `closed` is not called for it. */
  close(): Promise<void>;
}

/** A channel that is the whole connection: what was asked on it dies with it. */
export interface LiveChannel extends PeerChannel {
  /** False once it has ended. */
  readonly isAlive: boolean;
}

/** Where a channel puts what it receives. */
export interface ChannelReceiver {
  /**
   * Takes one message. `origin` is the request on whose answer stream it came, where the transport
   * has such streams. A returned promise asks the channel to read no further on that stream yet.
   * Throws GatewayError when the bytes are no message.
   */
  received(bytes: Buffer, origin?: number): Promise<void> | undefined;
  /** True while somebody waits for the answer to this request. */
  isPending(id: number): boolean;
  /** A request will not be answered. */
  failed(id: number, error: unknown): void;
  /** The server knows the session no more; what it has taken it may still answer. */
  forgotten(): void;
  /** The channel is gone, and every request on it. */
  closed(error: GatewayError): void;
}

/** Opens a channel. */
export type OpenChannel = (receiver: ChannelReceiver) => Promise<PeerChannel>;
