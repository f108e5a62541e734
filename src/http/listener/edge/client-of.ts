import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Who is at the other end of a request, as far as it can be believed. */
export interface Client {
  /** The client's address, not that of a trusted proxy. */
  readonly address: string;
  /** Whether the client's own connection is encrypted. */
  readonly isEncrypted: boolean;
}

/** Where the edge leaves what it found out; no header can set it. */
const CLIENT = Symbol('client');

/** A request, or as much of it as says who sent it. */
type Sent = Pick<IncomingMessage, 'socket'>;
type Marked = Sent & { [CLIENT]?: Client };

/** Notes who sent a request. */
export function noteClient(request: Sent, client: Client): void {
  (request as Marked)[CLIENT] = client;
}

/** Who sent a request; without an edge in front, whoever is at the socket. */
export function clientOf(request: Sent): Client {
  return (request as Marked)[CLIENT] ?? socketClient(request);
}

/** Whoever is at the socket. */
export function socketClient({ socket }: Sent): Client {
  const { remoteAddress = '', encrypted } = socket as typeof socket & { encrypted?: boolean };
  return { address: plainAddress(remoteAddress), isEncrypted: encrypted === true };
}

/** An address without the port, brackets or IPv6 form that it may be written with. */
export function plainAddress(text: string): string {
  const trimmed = text.trim();
  const bare =
    /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1] ??
    /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(trimmed)?.[1] ??
    trimmed;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  return mapped !== undefined && isIP(mapped) === 4 ? mapped : bare;
}
