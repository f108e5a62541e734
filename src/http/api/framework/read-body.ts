import { GatewayError } from '../../../kernel/errors.ts';
import { jsonDepthExceeds } from './json-depth.ts';

/** How large a body may be. */
export interface BodyBounds {
  readonly bytesMax: number;
  readonly depthMax: number;
}

/** Only this type makes a browser ask first, so no foreign page can send it unasked. */
const JSON_TYPE = /^application\/json[ \t]*(;[ \t]*charset[ \t]*=[ \t]*"?utf-8"?[ \t]*)?;?$/i;

/**
 * Reads a request's body as JSON. Throws GatewayError `unsupported_media_type`,
 * `payload_too_large` or `parse_error`.
 */
export async function readBody(request: Request, bounds: BodyBounds): Promise<unknown> {
  checkHead(request.headers, bounds.bytesMax);
  const bytes = await collect(request.body, bounds.bytesMax);
  if (bytes.length === 0) throw new GatewayError('parse_error', 'The body is empty.');
  const text = decode(bytes);
  if (jsonDepthExceeds(text, bounds.depthMax)) {
    const detail = `The body is nested deeper than ${bounds.depthMax} levels.`;
    throw new GatewayError('parse_error', detail);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new GatewayError('parse_error', undefined, { cause });
  }
}

function checkHead(headers: Headers, bytesMax: number): void {
  if (!JSON_TYPE.test(headers.get('content-type') ?? '')) {
    throw new GatewayError('unsupported_media_type', 'Send Content-Type: application/json.');
  }
  if ((headers.get('content-encoding') ?? 'identity').toLowerCase() !== 'identity') {
    throw new GatewayError('unsupported_media_type', 'Send the body without Content-Encoding.');
  }
  if (Number(headers.get('content-length') ?? 0) > bytesMax) throw tooLarge(bytesMax);
}

async function collect(body: ReadableStream<Uint8Array> | null, max: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    if (size > max) throw tooLarge(max);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new GatewayError('parse_error', 'The body is not valid UTF-8.', { cause });
  }
}

function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError('payload_too_large', `The body may have at most ${bytesMax} bytes.`);
}
