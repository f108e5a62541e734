import { GatewayError } from '../kernel/errors.ts';
import { digitsOf } from '../kernel/json-digits.ts';
import { isJsonObject, type JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';

/**
 * A JSON-RPC id as MCP allows it: a string or an integer, never null. A bigint is an integer that
 * a JS number would round.
 */
export type RequestId = string | number | bigint;

/** A request as it came: id, method, parameters. */
export interface RequestFrame {
  readonly kind: 'request';
  readonly id: RequestId;
  readonly method: string;
  readonly params: JsonObject;
}

/** A notification as it came. */
export interface NotificationFrame {
  readonly kind: 'notification';
  readonly method: string;
  readonly params: JsonObject;
}

/** A response as it came; exactly one of `result` and `error` is present. */
export interface ResponseFrame {
  readonly kind: 'response';
  readonly id: RequestId;
  readonly result?: JsonObject;
  readonly error?: JsonObject;
}

/** One JSON-RPC message. */
export type Frame = RequestFrame | NotificationFrame | ResponseFrame;

/** Reads one parsed message. Throws GatewayError `invalid_request` naming what is wrong. */
export function readFrame(value: unknown): Frame {
  if (!isJsonObject(value)) throw invalid('A message must be a JSON object.');
  if (value['jsonrpc'] !== '2.0') throw invalid('The member jsonrpc must be "2.0".');
  const { method } = value;
  if (method === undefined) return readResponse(value);
  if (typeof method !== 'string') throw invalid('The member method must be a string.');
  const params = value['params'] ?? {};
  if (!isJsonObject(params)) throw invalid('The member params must be an object.');
  if (value['id'] === undefined) return { kind: 'notification', method, params };
  const id = requestIdIn(value, 'id');
  if (id === undefined) throw invalid('The member id must be a string or an integer.');
  return { kind: 'request', id, method, params };
}

/** The id of a message that is otherwise wrong, for the error's envelope. */
export function idOf(value: unknown): RequestId | null {
  return isJsonObject(value) ? (requestIdIn(value, 'id') ?? null) : null;
}

/** True for a string of bounded length or a safe integer. */
export function isRequestId(id: unknown): id is string | number {
  if (typeof id === 'string') return Buffer.byteLength(id) <= limits.requestIdBytesMax;
  return Number.isSafeInteger(id);
}

/** The id that a member of a parsed message is, with every digit; undefined when it is none. */
export function requestIdIn(holder: JsonObject, member: string): RequestId | undefined {
  const value = holder[member];
  if (isRequestId(value)) return value;
  if (typeof value !== 'number') return undefined;
  const digits = digitsOf(holder, member) ?? String(value);
  const isLong = /^-?\d+$/.test(digits) && digits.length <= limits.requestIdBytesMax;
  return isLong ? BigInt(digits) : undefined;
}

function readResponse(value: JsonObject): ResponseFrame {
  const { result, error } = value;
  const id = requestIdIn(value, 'id');
  if (id === undefined) throw invalid('A response needs an id that is a string or an integer.');
  if (isJsonObject(result) && error === undefined) return { kind: 'response', id, result };
  if (isJsonObject(error) && result === undefined) return { kind: 'response', id, error };
  throw invalid('A message needs a method, or exactly one of result and error.');
}

function invalid(text: string): GatewayError {
  return new GatewayError('invalid_request', text);
}
