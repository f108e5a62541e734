import type { IncomingHttpHeaders } from 'node:http';
import type { LastSeen } from '../../../kernel/recent/last-seen.ts';
import { limits } from '../../../kernel/limits.ts';
import { isHost } from '../edge/check-form.ts';

/** A request that the lane has read whole. */
export interface LaneRequest {
  readonly url: string;
  /** Names in lower case; no name occurs twice. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const START = /^POST (\/[!-~]*) HTTP\/1\.1$/;
const NAME = /^[A-Za-z0-9-]+$/;
// Visible characters, single spaces and tabs between them (RFC 9110 §5.5), ASCII only.
const VALUE = /^(?:[!-~](?:[\t -~]*[!-~])?)?$/;
const LENGTH = /^(?:0|[1-9]\d{0,6})$/;
/** Headers that make a request more than plain. */
const NOT_PLAIN: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'expect',
  'upgrade',
  'trailer',
  'te',
  // The edge decides what a page may read, and what a proxy may say.
  'origin',
  'x-forwarded-host',
]);
const NAMES_KEPT = 256;

/** Lower-case forms of the header names that clients send, kept between requests. */
export type NameCache = Map<string, string>;

/** The parts of a head that matter to who serves the request. */
export interface LaneHead {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
}

/**
 * Reads a request that is whole, plain and alone in `bytes`; undefined for everything else, even
 * when it is valid HTTP. What is accepted here is read the same way by `node:http`.
 */
export function readLaneRequest(
  bytes: Buffer,
  names: NameCache,
  last: LastSeen<LaneHead>,
): LaneRequest | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1 || headEnd > limits.requestHeadBytesMax - HEAD_END.length) return undefined;
  let head = last.get(bytes, headEnd);
  if (head === undefined) {
    head = readHead(bytes, headEnd, names);
    if (head === undefined) return undefined;
    last.set(bytes, headEnd, head);
  }
  const bodyStart = headEnd + HEAD_END.length;
  if (bytes.length - bodyStart !== head.bodyBytes) return undefined;
  return { url: head.url, headers: head.headers, body: bytes.subarray(bodyStart) };
}

function readHead(bytes: Buffer, headEnd: number, names: NameCache): LaneHead | undefined {
  const lines = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const url = START.exec(lines[0] as string)?.[1];
  if (url === undefined) return undefined;
  const headers = Object.create(null) as Record<string, string>;
  for (let index = 1; index < lines.length; index++) {
    if (!addHeader(headers, lines[index] as string, names)) return undefined;
  }
  const { host, 'content-length': length } = headers;
  if (host === undefined || !isHost(host)) return undefined;
  if (length === undefined || !LENGTH.test(length)) return undefined;
  const connection = headers['connection'];
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return undefined;
  // It may serve many requests.
  return { url, headers: Object.freeze(headers), bodyBytes: Number(length) };
}

function addHeader(headers: Record<string, string>, line: string, names: NameCache): boolean {
  const colon = line.indexOf(':');
  const raw = line.slice(0, colon);
  let name = names.get(raw);
  if (name === undefined) {
    if (colon <= 0 || !NAME.test(raw)) return false;
    name = raw.toLowerCase();
    if (names.size < NAMES_KEPT) names.set(raw, name);
  }
  if (NOT_PLAIN.has(name) || headers[name] !== undefined) return false;
  const value = line.slice(line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1);
  if (!VALUE.test(value)) return false;
  headers[name] = value;
  return true;
}
