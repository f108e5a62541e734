import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import { parseMessage } from '../../../mcp/wire/parse-message.ts';

/** A message body as parsed JSON, with its size. */
export interface MessageBody {
  readonly value: unknown;
  readonly bytes: number;
}

const JSON_TYPE = /^application\/json[ \t]*(;[ \t]*charset[ \t]*=[ \t]*"?utf-?8"?[ \t]*)?;?$/i;

/**
 * Reads and parses a POST body. Throws GatewayError: `unsupported_media_type`,
 * `payload_too_large`, `parse_error`, `invalid_request` (nested too deeply).
 */
export async function readMessage(request: IncomingMessage): Promise<MessageBody> {
  checkBodyHeaders(request.headers);
  const body = await readBody(request);
  return { value: parseMessage(body), bytes: body.length };
}

/** Judges a body by its headers, before it is read. */
export function checkBodyHeaders(headers: IncomingHttpHeaders): void {
  const type = headers['content-type'];
  if (type !== 'application/json' && (type === undefined || !JSON_TYPE.test(type))) {
    throw new GatewayError('unsupported_media_type');
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new GatewayError('unsupported_media_type', 'The body must not be compressed.');
  }
  if (Number(headers['content-length'] ?? 0) > limits.requestBodyBytesMax) throw tooLarge();
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let others: Buffer[] | undefined;
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > limits.requestBodyBytesMax) {
        request.pause();
        reject(tooLarge());
      } else if (first === undefined) first = piece;
      else (others ??= [first]).push(piece);
    });
    request.on('end', () => {
      resolve(others === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(others));
    });
    request.on('error', () => reject(new GatewayError('cancelled')));
    // An error costs a stack trace: it is made only for a body that will not come to its end.
    request.on('close', () => {
      if (!request.complete) reject(new GatewayError('cancelled'));
    });
  });
}

function tooLarge(): GatewayError {
  const text = `The body is larger than ${limits.requestBodyBytesMax} bytes.`;
  return new GatewayError('payload_too_large', text);
}
