import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { scanObject, type MemberSpan, type NestedScan } from '../../kernel/json-scan.ts';
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
    const nested: NestedScan = { name: 'result' };
    const { members, end } = scanObject(bytes, 0, nested);
    if (!isBlank(bytes, end)) throw new SyntaxError('bytes after the message');
    const result = members.get('result');
    if (result !== undefined && !members.has('method') && !members.has('error')) {
      if (nested.scan === undefined) throw new SyntaxError('a result that is not an object');
      const id = readId(bytes, members.get('id'));
      const own = bytes.subarray(result.start, result.end);
      return { kind: 'result', id, result: JsonBytes.fromBytes(own, nested.scan) };
    }
    return readParsed(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new GatewayError('upstream_failed', 'The service sent a message that is not MCP.', {
      cause,
    });
  }
}

function readId(bytes: Buffer, span: MemberSpan | undefined): RequestId {
  if (span === undefined) throw new SyntaxError('an answer without an id');
  let value = 0;
  for (let at = span.start; at < span.end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9 || span.end - span.start > 15) return readAnyId(bytes, span);
    value = value * 10 + digit;
  }
  return value;
}

/** An id that is not the plain number the gateway sends. */
function readAnyId(bytes: Buffer, span: MemberSpan): RequestId {
  const id: unknown = JSON.parse(bytes.toString('utf8', span.start, span.end));
  if (!isRequestId(id)) throw new SyntaxError('an answer without a usable id');
  return id;
}

function readParsed(value: unknown): ServerMessage {
  const failure = isJsonObject(value) ? value['error'] : undefined;
  if (isJsonObject(value) && isJsonObject(failure) && !('result' in value || 'method' in value)) {
    const id = value['id'];
    return { kind: 'error', id: isRequestId(id) ? id : undefined, error: readRpcError(failure) };
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
