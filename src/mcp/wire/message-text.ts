import { rawNumber } from '../../kernel/json-digits.ts';
import type { JsonBytes } from '../../kernel/json-bytes.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { RequestId } from '../json-rpc.ts';
import { oneLine } from './one-line.ts';

/** JSON-RPC messages as text; the only place that writes their envelope. */

const CLOSING_BRACE = 0x7d;

/** A request with these parameters, which are JSON already, or with none. */
export function requestText(id: RequestId, method: string, params: string | undefined): string {
  const idText = textOfId(id);
  const methodText = JSON.stringify(method);
  if (params === undefined) return `{"jsonrpc":"2.0","id":${idText},"method":${methodText}}`;
  return `{"jsonrpc":"2.0","id":${idText},"method":${methodText},"params":${params}}`;
}

/** The cancellation of a request. */
export function cancelledText(id: RequestId): string {
  const params = `{"requestId":${textOfId(id)}}`;
  return `{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}`;
}

/** A notification. */
export function notificationText(method: string, params: Json): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`;
}

/** A response with a result up to the result itself; a brace after the result completes it. */
export function resultHead(id: RequestId): string {
  return `{"jsonrpc":"2.0","id":${textOfId(id)},"result":`;
}

/** A response with this result, which is JSON already. */
export function resultText(id: RequestId, result: string): string {
  return `${resultHead(id)}${result}}`;
}

/** The bytes of a response with a result, on one line. */
export function resultResponse(id: RequestId, result: JsonBytes): Buffer {
  const head = Buffer.from(resultHead(id));
  const body = oneLine(result.bytes);
  const response = Buffer.allocUnsafe(head.length + body.length + 1);
  head.copy(response);
  body.copy(response, head.length);
  response[response.length - 1] = CLOSING_BRACE;
  return response;
}

/** A response with an error; without an id when nobody could read that of the request. */
export function errorResponse(id: RequestId | null, error: JsonObject): string {
  const idMember = id === null ? '' : `"id":${textOfId(id)},`;
  return `{"jsonrpc":"2.0",${idMember}"error":${JSON.stringify(error)}}`;
}

/** An id as a member of parameters; `JSON.stringify` writes every digit of it. */
export const idAsJson = (id: RequestId): Json =>
  typeof id === 'bigint' ? rawNumber(String(id)) : id;

const textOfId = (id: RequestId): string =>
  typeof id === 'string' ? JSON.stringify(id) : String(id);
