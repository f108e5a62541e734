import { GatewayError } from '../../../kernel/errors.ts';
import { parseExactJson } from '../../../kernel/numbers/exact-json.ts';
import { faultText, jsonFault } from '../../../mcp/wire/json-fault.ts';

/** How large a body may be. */
export interface BodyBounds {
  readonly bytesMax: number;
  readonly depthMax: number;
  /** A type of JSON that is taken besides `application/json`. */
  readonly mediaType?: string | undefined;
  /** True where a number that would lose digits is to be the text of its digits. */
  readonly keepsDigits?: boolean | undefined;
}

/** Only this type makes a browser ask first, so no foreign page can send it unasked. */
const JSON_TYPE = /^([a-z/+]+)[ \t]*(;[ \t]*charset[ \t]*=[ \t]*"?utf-8"?[ \t]*)?;?$/i;

/**
 * Reads a request's body as JSON. Throws GatewayError `unsupported_media_type`,
 * `payload_too_large` or `parse_error`.
 */
export async function readBody(request: Request, bounds: BodyBounds): Promise<unknown> {
  checkHead(request.headers, bounds);
  const bytes = await collect(request.body, bounds.bytesMax);
  if (bytes.length === 0) throw new GatewayError('parse_error', 'The body is empty.');
  const text = decode(bytes);
  const fault = jsonFault(text, { levelsMax: bounds.depthMax, protoLevels: bounds.depthMax });
  if (fault === 'too deep') {
    const detail = `The body is nested deeper than ${bounds.depthMax} levels.`;
    throw new GatewayError('parse_error', detail);
  }
  if (fault !== undefined) throw new GatewayError('parse_error', faultText(fault));
  try {
    const value: unknown = HUGE.test(text) ? JSON.parse(text, finite) : JSON.parse(text);
    return bounds.keepsDigits === true ? parseExactJson(text) : value;
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('parse_error', undefined, { cause });
  }
}

/** What may be a number that no double can be. */
const HUGE = /[eE]\+?\d{3}|\d{309}/;

function finite(_key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw new GatewayError('parse_error', 'A number of the body is too large.');
}

function checkHead(headers: Headers, { bytesMax, mediaType }: BodyBounds): void {
  const type = JSON_TYPE.exec(headers.get('content-type') ?? '')?.[1]?.toLowerCase();
  if (type === undefined || (type !== 'application/json' && type !== mediaType)) {
    const wanted = mediaType ?? 'application/json';
    throw new GatewayError('unsupported_media_type', `Send Content-Type: ${wanted}.`);
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
