import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayError } from '../../../kernel/errors.ts';
import { errorResponse } from '../../../mcp/wire/message-text.ts';
import { rpcErrorObject, type ErrorContext } from '../../../mcp/rpc-error-object.ts';
import type { ResourcePlace } from '../../../identity/oauth/challenge.ts';
import { errorHeaders } from '../mcp/answer-error.ts';

/** Answers a handshake with an error and closes the connection. */
export function refuseUpgrade(
  context: ErrorContext,
  socket: Duplex,
  error: unknown,
  place: ResourcePlace | undefined,
): void {
  const status = error instanceof GatewayError ? error.status : 500;
  const body = errorResponse(null, rpcErrorObject(context, error));
  const headers = [
    'content-type',
    'application/json',
    'content-length',
    String(Buffer.byteLength(body)),
    ...errorHeaders(error, place),
    'connection',
    'close',
  ];
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`];
  for (let index = 0; index < headers.length; index += 2) {
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  }
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
