import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Serves the requests of some addresses. */
export interface Door {
  /** True when the address (path and query) is this door's. */
  owns(url: string): boolean;
  /** Serves one request; never rejects. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** Takes over the connections of some addresses. */
export interface UpgradeDoor {
  owns(url: string): boolean;
  /** Takes over one connection or refuses it; never rejects. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

/** Something with exchanges that a stopping gateway lets finish, for a time. */
export interface Drained {
  /** Exchanges whose answers are owed. */
  readonly running: number;
  /** Takes no new exchanges. */
  retire(): void;
  /** Ends what still runs. */
  cutAll(): void;
}
