import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { scanObject, type MemberSpan } from '../../kernel/json-scan.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { isRequestId, readFrame, type RequestId } from '../json-rpc.ts';

/** A server's answer; the result's bytes are untouched. */
export type ServerAnswer =
  | { readonly kind: 'result'; readonly id: RequestId; readonly result: JsonBytes }
  | { readonly kind: 'error'; readonly id: RequestId | undefined; readonly error: RpcError };

/** What a server said on its own. */
export type ServerCall =
  | {
      readonly kind: 'request';
      readonly id: RequestId;
      readonly method: string;
      readonly params: JsonObject;
    }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject };

/** One message from an MCP server. */
export type ServerMessage = ServerAnswer | ServerCall;

/**
 * Reads one message of a server. A result is found, not parsed: it travels on as bytes. Throws
 * GatewayError `upstream_failed` when the bytes are no JSON-RPC message.
 */
export function readServerMessage(bytes: Buffer): ServerMessage {
  try {
    const { members, end } = scanObject(bytes);
    if (!isBlank(bytes, end)) throw new SyntaxError('bytes after the message');
    const result = members.get('result');
    if (result !== undefined && !members.has('method') && !members.has('error')) {
      return readResult(bytes, result, members.get('id'));
    }
    return readParsed(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new GatewayError('upstream_failed', 'The service sent a message that is not MCP.', {
      cause,
    });
  }
}

function readResult(bytes: Buffer, span: MemberSpan, idSpan: MemberSpan | undefined): ServerAnswer {
  const idText = bytes.toString('utf8', idSpan?.start ?? 0, idSpan?.end ?? 0);
  const id: unknown = JSON.parse(idText);
  if (!isRequestId(id)) throw new SyntaxError('an answer without a usable id');
  if (bytes[span.start] !== 0x7b) throw new SyntaxError('a result that is not an object');
  return { kind: 'result', id, result: JsonBytes.fromBytes(bytes.subarray(span.start, span.end)) };
}

function readParsed(value: unknown): ServerMessage {
  if (isJsonObject(value) && isJsonObject(value['error']) && value['method'] === undefined) {
    const id = value['id'];
    const error = readRpcError(value['error']);
    return { kind: 'error', id: isRequestId(id) ? id : undefined, error };
  }
  const frame = readFrame(value);
  if (frame.kind === 'response') throw new SyntaxError('a result and an error at once');
  return frame;
}

function readRpcError(error: JsonObject): RpcError {
  const { code, message, data } = error;
  const rpcCode = Number.isSafeInteger(code) ? (code as number) : -32603;
  return new RpcError(rpcCode, typeof message === 'string' ? message : 'error', data);
}

function isBlank(bytes: Buffer, from: number): boolean {
  for (let at = from; at < bytes.length; at++) if ((bytes[at] as number) > 0x20) return false;
  return true;
}
