import type { EgressResponse } from '../../kernel/egress.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { EraMismatch } from '../../mcp/client/modern/era-mismatch.ts';
import type { RequestContent } from '../../mcp/client/modern/modern-request-text.ts';
import type { ModernAnswer } from '../../mcp/client/modern/modern-transport.ts';
import type { ExchangeIo } from '../../mcp/message.ts';
import { messageStart } from '../../mcp/wire/message-start.ts';
import {
  readBatch,
  readServerMessage,
  type ServerAnswer,
  type ServerMessage,
} from '../../mcp/wire/server-message.ts';
import { isEventStream, isJson } from './endpoint.ts';
import { readCallStream } from './modern-stream.ts';
import { isEraEvidence, readFailure, statusError } from './status-error.ts';

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/** Reads the answer to a request from its response. Throws GatewayError when there is none. */
export async function readResponse(
  response: EgressResponse,
  id: number,
  request: RequestContent,
  io: ExchangeIo,
): Promise<ModernAnswer> {
  if (response.status !== 200) {
    const failure = await readModernFailure(response);
    if (failure instanceof RpcError) return { kind: 'error', id: undefined, error: failure };
    throw failure;
  }
  if (isJson(response)) return readAnswer(await response.bytes(), id);
  if (isEventStream(response)) return readCallStream(response, id, request, io);
  response.discard();
  throw new GatewayError('upstream_failed', 'The service answered with neither JSON nor events.');
}

/** The one message of a body that may begin with blanks, or put it into an array. */
function readOne(bytes: Buffer): ServerMessage {
  const start = messageStart(bytes);
  const messages = start[0] === OPEN_BRACKET ? readBatch(start) : [readServerMessage(start)];
  const isOne = messages.length === 1;
  if (!isOne) throw new GatewayError('upstream_failed', 'The service answered something else.');
  return messages[0] as ServerMessage;
}

/** Reads a JSON body that must be the answer to this request. */
export function readAnswer(bytes: Buffer, id: number): ServerAnswer {
  const message = bytes[0] === OPEN_BRACE ? readServerMessage(bytes) : readOne(bytes);
  const isAnswer = message.kind === 'result' || message.kind === 'error';
  if (!isAnswer || (message.id !== id && message.id !== undefined)) {
    throw new GatewayError('upstream_failed', 'The service answered something else.');
  }
  return message;
}

/** A JSON-RPC error is one whatever the status; the rest is judged by the status. */
export async function readModernFailure(
  response: EgressResponse,
): Promise<GatewayError | RpcError> {
  const { status, error } = await readFailure(response);
  if (error !== undefined && !(isEraEvidence(status) && isLegacyCode(error.rpcCode))) return error;
  return isEraEvidence(status) ? new EraMismatch() : statusError(status);
}

/** Codes that older servers make up and modern ones may not (basic/index, "Error Codes"). */
function isLegacyCode(code: number): boolean {
  return code <= -32000 && code >= -32019;
}
