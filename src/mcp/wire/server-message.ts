import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { parseWithDigits, textWithDigits } from '../../kernel/json-digits.ts';
import { limits } from '../../kernel/limits.ts';
import { JsonBytes } from '../../kernel/json-bytes.ts';
import { scanObject, type MemberSpan, type NestedScan } from '../../kernel/json-scan.ts';
import { isJsonObject, withoutMembers, type JsonObject } from '../../kernel/json.ts';
import { isRequestId, readFrame, type RequestId } from '../json-rpc.ts';
import { messageStart } from './message-start.ts';

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

const OPEN_BRACE = 0x7b;
const NUMBER = /^\d{1,15}$/;

/**
 * Reads one message of a server. A result is found, not parsed: it travels on as bytes. Members
 * that are null beside the one that counts are absent, as a serialiser that writes every member
 * means it. Throws GatewayError `upstream_failed` when the bytes are no JSON-RPC message.
 */
export function readServerMessage(received: Buffer): ServerMessage {
  const bytes = received[0] === OPEN_BRACE ? received : messageStart(received);
  try {
    const nested: NestedScan = { name: 'result' };
    const { members, end } = scanObject(bytes, 0, nested);
    if (!isBlank(bytes, end)) throw new SyntaxError('bytes after the message');
    const result = members.get('result');
    const isAnswer =
      isAbsent(bytes, members.get('method')) && isAbsent(bytes, members.get('error'));
    if (result !== undefined && isAnswer) {
      if (nested.scan === undefined) throw new SyntaxError('a result that is not an object');
      const id = readId(bytes, members.get('id'));
      const own = bytes.subarray(result.start, result.end);
      return { kind: 'result', id, result: JsonBytes.fromBytes(own, nested.scan) };
    }
    return readParsed(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw notMcp(cause);
  }
}

/** The messages of an array; throws GatewayError `upstream_failed` when one of them is none. */
export function readBatch(bytes: Buffer): readonly ServerMessage[] {
  let messages: unknown;
  try {
    messages = parseWithDigits(bytes.toString('utf8'), limits.jsonDepthMax);
  } catch (cause) {
    throw notMcp(cause);
  }
  if (!Array.isArray(messages)) throw notMcp(undefined);
  return messages.map((one: unknown) => {
    if (!isJsonObject(one)) throw notMcp(undefined);
    return readServerMessage(Buffer.from(textWithDigits(one)));
  });
}

function notMcp(cause: unknown): GatewayError {
  const text = 'The service sent a message that is not MCP.';
  return new GatewayError('upstream_failed', text, { cause });
}

function isAbsent(bytes: Buffer, span: MemberSpan | undefined): boolean {
  return span === undefined || bytes.toString('latin1', span.start, span.end) === 'null';
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

/** An id that is not the plain number the gateway sends; some servers write that as a text. */
function readAnyId(bytes: Buffer, span: MemberSpan): RequestId {
  const id: unknown = JSON.parse(bytes.toString('utf8', span.start, span.end));
  if (!isRequestId(id)) throw new SyntaxError('an answer without a usable id');
  return asSent(id);
}

function asSent(id: RequestId): RequestId {
  return typeof id === 'string' && NUMBER.test(id) ? Number(id) : id;
}

function withoutNulls(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  const absent = ['method', 'params', 'result', 'error'].filter((name) => value[name] === null);
  // A notification has no id; beside a method, null is none.
  if (value['id'] === null && typeof value['method'] === 'string') absent.push('id');
  return absent.length === 0 ? value : withoutMembers(value, absent);
}

function readParsed(given: unknown): ServerMessage {
  const value = withoutNulls(given);
  const failure = isJsonObject(value) ? value['error'] : undefined;
  if (isJsonObject(value) && isJsonObject(failure) && !('result' in value || 'method' in value)) {
    const id = value['id'];
    return {
      kind: 'error',
      id: isRequestId(id) ? asSent(id) : undefined,
      error: readRpcError(failure),
    };
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
