import type { JsonBytes } from '../kernel/json-bytes.ts';
import type { RequestId } from './json-rpc.ts';
import { oneLine } from './one-line.ts';

/** The bytes of a response with a result, on one line. */
export function resultResponse(id: RequestId, result: JsonBytes): Buffer {
  const head = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`);
  const body = oneLine(result.bytes);
  const response = Buffer.allocUnsafe(head.length + body.length + 1);
  head.copy(response);
  body.copy(response, head.length);
  response[response.length - 1] = 0x7d;
  return response;
}
