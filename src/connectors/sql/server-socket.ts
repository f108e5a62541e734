import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { limits } from '../../kernel/limits.ts';
import type { ConnectorContext } from '../../upstream/contract.ts';
import { fillSecrets } from '../../upstream/fill-secrets.ts';
import type { ServerConfig } from './config.ts';

/** What a driver needs to speak to a database server. */
export interface ServerAccess {
  readonly password: string;
  /** False without TLS; else what the certificate is checked with. */
  readonly tls: ConnectionOptions | false;
  /** Connected, and not yet read from. */
  readonly socket: Socket;
}

/** Opens a guarded socket to the database server. Throws GatewayError. */
export async function openServerSocket(
  config: ServerConfig,
  context: ConnectorContext,
  portDefault: number,
): Promise<ServerAccess> {
  const { host, port = portDefault, ca } = config;
  const password = await fillSecrets(config.password ?? '', (name) => context.secret(name));
  const authority = ca === undefined ? {} : { ca };
  const tls: ConnectionOptions | false =
    config.tls === 'off'
      ? false
      : { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...authority };
  const socket = await context.egress.connect({ host, port, secure: false });
  return { password, tls, socket };
}

/** Ends the stream when one statement brings more bytes than it may; returns the reset. */
export function boundStream(stream: Duplex): () => void {
  let bytes = 0;
  stream.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > limits.sqlWireBytesMax) stream.destroy(new Error(TOO_MANY_BYTES));
  });
  return () => {
    bytes = 0;
  };
}

/** What a stream says that was ended for its bytes. */
export const TOO_MANY_BYTES = 'the statement brought too many bytes';
