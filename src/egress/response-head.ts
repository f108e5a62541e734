import { GatewayError } from '../kernel/errors.ts';
import type { EgressHeaders } from '../kernel/egress.ts';
import { contentCodings } from './content-codings.ts';

/** How the end of a body is known. */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

/** The parsed head of an HTTP/1.1 response. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: EgressHeaders;
  readonly framing: BodyFraming;
  /** What the content must be freed of; undefined when there is none, or nothing to free. */
  readonly codings: readonly string[] | undefined;
  /** True when the connection may carry another request afterwards. */
  readonly keepAlive: boolean;
  /** How long the server keeps it open in between, less a second; undefined if it does not say. */
  readonly idleMs: number | undefined;
}

/** A server may promise more; the gateway does not wait for it. */
const KEEP_ALIVE_SECONDS_MAX = 60;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Parses a response head without its blank line (RFC 9112 §2–6), strictly: anything that two
 * readers could frame differently is an error. Throws GatewayError `upstream_failed`.
 */
export function parseResponseHead(text: string, requestMethod: string): ResponseHead {
  const lines = text.split('\r\n');
  const statusLine = lines[0] as string;
  const status = Number(statusLine.slice(9, 12));
  if (!/^HTTP\/1\.[01] [1-5]\d\d( |$)/.test(statusLine)) throw broken('bad status line');
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let index = 1; index < lines.length; index++) addHeader(headers, lines[index] as string);
  const connection = headers['connection']?.toLowerCase();
  const isOld = statusLine[7] === '0';
  const framing = framingOf(status, headers, requestMethod);
  const keepAlive =
    framing.kind !== 'close' && connection !== 'close' && (!isOld || connection === 'keep-alive');
  const codings = codingsOf(framing, headers);
  return { status, headers, framing, codings, keepAlive, idleMs: idleMsOf(headers) };
}

/** The content that the rest of the gateway sees has no coding, and a length of its own. */
function codingsOf(
  framing: BodyFraming,
  headers: Record<string, string>,
): readonly string[] | undefined {
  const codings = contentCodings(headers['content-encoding']);
  delete headers['content-encoding'];
  if (framing.kind === 'none' || (framing.kind === 'length' && framing.bytes === 0)) {
    return undefined;
  }
  if (codings !== undefined) delete headers['content-length'];
  return codings;
}

function addHeader(headers: Record<string, string>, line: string): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  if (colon <= 0 || !TOKEN.test(name)) throw broken('bad header line');
  const key = name.toLowerCase();
  const value = line.slice(colon + 1).trim();
  const present = headers[key];
  headers[key] = present === undefined ? value : `${present}, ${value}`;
}

function idleMsOf(headers: Record<string, string>): number | undefined {
  const seconds = /timeout=(\d+)/.exec(headers['keep-alive'] ?? '')?.[1];
  if (seconds === undefined) return undefined;
  return Math.max(0, Math.min(KEEP_ALIVE_SECONDS_MAX, Number(seconds)) * 1000 - 1000);
}

function framingOf(
  status: number,
  headers: Record<string, string>,
  requestMethod: string,
): BodyFraming {
  if (requestMethod === 'HEAD' || status < 200 || status === 204 || status === 304) {
    return { kind: 'none' };
  }
  const transfer = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (transfer !== undefined) {
    if (length !== undefined) throw broken('both a length and a transfer coding');
    if (transfer.toLowerCase() !== 'chunked') throw broken('unknown transfer coding');
    return { kind: 'chunked' };
  }
  // A 205 has no content (RFC 9110 §15.3.6): without a length there is nothing to wait for.
  if (length === undefined) return { kind: status === 205 ? 'none' : 'close' };
  if (!/^\d{1,15}$/.test(length)) throw broken('bad content length');
  return { kind: 'length', bytes: Number(length) };
}

function broken(what: string): GatewayError {
  return new GatewayError('upstream_failed', `The service sent a broken HTTP answer: ${what}.`);
}
