import { WebSocket, type RawData } from 'ws';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import { SUBPROTOCOL } from './socket-credential.ts';

/** The client's side of the WebSocket door: a connection to a gateway that runs elsewhere. */
export interface DialledGateway {
  /** Base URL of the gateway. */
  readonly url: string;
  write(message: Buffer, taken: () => void): void;
  queuedBytes(): number;
  pause(): void;
  resume(): void;
  cut(): void;
  onMessage(listener: (message: Buffer) => void): void;
  /** Resolves with one sentence when the connection is lost. */
  readonly lost: Promise<string>;
  /** Closes the connection in order. */
  close(): Promise<void>;
}

/** Where the gateway is and who calls. */
export interface GatewayAddress {
  /** Base URL, http: or https:. */
  readonly url: string;
  /** For example `/ws`. */
  readonly path: string;
  readonly key: string;
}

/**
 * Opens a connection to a gateway. Rejects with GatewayError `unauthenticated`, `not_found` or
 * `upstream_unavailable`, each with one sentence.
 */
export async function dialGateway({ url, path, key }: GatewayAddress): Promise<DialledGateway> {
  const address = `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}${path}`;
  const socket = new WebSocket(address, [SUBPROTOCOL], {
    headers: { authorization: `Bearer ${key}` },
    perMessageDeflate: false,
    maxPayload: limits.connectionQueueBytesMax,
    handshakeTimeout: limits.upstreamConnectMs,
    followRedirects: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_, { statusCode = 0 }) => {
      socket.terminate();
      reject(refused(url, statusCode));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code ?? error.message;
      const text = `No gateway answers at ${url} (${why}).`;
      reject(new GatewayError('upstream_unavailable', text, { cause: error }));
    });
  });
  return dialled(socket, url);
}

function dialled(socket: WebSocket, url: string): DialledGateway {
  const closed = new Promise<string>((resolve) => {
    socket.once('close', (code, reason) => {
      const why = reason.length === 0 ? `code ${code}` : reason.toString('utf8');
      resolve(`The gateway at ${url} closed the connection (${why}).`);
    });
  });
  return {
    url,
    write: (message, taken) => socket.send(message, { binary: false }, taken),
    queuedBytes: () => socket.bufferedAmount,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    cut: () => socket.terminate(),
    onMessage: (listener) => {
      socket.on('message', (data: RawData) => listener(data as Buffer));
    },
    lost: closed,
    close: async () => {
      socket.close(1000);
      await closed;
    },
  };
}

function refused(url: string, status: number): GatewayError {
  if (status === 401) {
    return new GatewayError('unauthenticated', `The gateway at ${url} does not know this API key.`);
  }
  if (status === 404) {
    return new GatewayError('not_found', `What answers at ${url} serves no MCP over WebSocket.`);
  }
  const text = `The gateway at ${url} refused the connection with status ${status}.`;
  return new GatewayError('upstream_unavailable', text);
}
