import { GatewayError } from '../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';

/** A JSON-RPC id as MCP allows it: a string or an integer, never null. */
export type RequestId = string | number;

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
  const { method, id } = value;
  if (method === undefined) return readResponse(value);
  if (typeof method !== 'string') throw invalid('The member method must be a string.');
  const params = value['params'] ?? {};
  if (!isJsonObject(params)) throw invalid('The member params must be an object.');
  if (id === undefined) return { kind: 'notification', method, params };
  if (!isRequestId(id)) throw invalid('The member id must be a string or an integer.');
  return { kind: 'request', id, method, params };
}

/** The id of a message that is otherwise wrong, for the error's envelope. */
export function idOf(value: unknown): RequestId | null {
  const id = isJsonObject(value) ? value['id'] : undefined;
  return isRequestId(id) ? id : null;
}

/** True for a string of bounded length or a safe integer. */
export function isRequestId(id: unknown): id is RequestId {
  if (typeof id === 'string') return Buffer.byteLength(id) <= limits.requestIdBytesMax;
  return Number.isSafeInteger(id);
}

function readResponse(value: JsonObject): ResponseFrame {
  const { id, result, error } = value;
  if (!isRequestId(id)) throw invalid('A response needs an id that is a string or an integer.');
  if (isJsonObject(result) && error === undefined) return { kind: 'response', id, result };
  if (isJsonObject(error) && result === undefined) return { kind: 'response', id, error };
  throw invalid('A message needs a method, or exactly one of result and error.');
}

function invalid(text: string): GatewayError {
  return new GatewayError('invalid_request', text);
}
