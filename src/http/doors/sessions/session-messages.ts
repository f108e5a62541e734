import type { Pace } from '../../../gateway/calls/paced-writer.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject, stringMember, type JsonObject } from '../../../kernel/json.ts';
import { readFrame } from '../../../mcp/json-rpc.ts';
import type { ModernIo } from '../../../mcp/server/modern/modern-io.ts';
import type { ErrorContext } from '../../../mcp/rpc-error-object.ts';
import { answerError } from '../mcp/answer-error.ts';
import { readMessage } from '../mcp/read-message.ts';
import { RestAnswer } from '../rest/rest-answer.ts';
import { runRestCall } from '../rest/rest-call.ts';
import { RestIo } from '../rest/rest-io.ts';
import type { SseConnection } from '../sse/sse-connection.ts';
import { answerOnce } from './answer-once.ts';
import type { SessionExchange } from './session-exchange.ts';

/** What posted messages need. */
export interface SessionMessagesContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly pace: Pace;
}

/**
 * Serves `POST …/messages`: a JSON-RPC message goes to the session's open stream, or is answered
 * on its own when there is none; the plain form `{ "tool": …, "arguments": … }` is answered with
 * the tool's result.
 */
export async function takeSessionMessage(
  context: SessionMessagesContext,
  exchange: SessionExchange,
  stream: SseConnection | undefined,
): Promise<void> {
  const { request, reply } = exchange;
  const started = { startedAtMs: Date.now(), startedMonotonicMs: performance.now() };
  const { value, bytes } = await readMessage(request);
  if (isJsonObject(value) && !('jsonrpc' in value)) {
    await callTool(context, exchange, value, { ...started, bytesIn: bytes });
    return;
  }
  if (stream !== undefined) {
    if (stream.clogged) throw new GatewayError('too_many', 'Read the stream before you ask more.');
    reply.empty(202);
    stream.take(value, bytes);
    return;
  }
  await answerAlone(context, exchange, value, { ...started, bytesIn: bytes });
}

interface Measured {
  readonly startedAtMs: number;
  readonly startedMonotonicMs: number;
  readonly bytesIn: number;
}

async function callTool(
  context: SessionMessagesContext,
  { principal, endpoint, live, response, reply }: SessionExchange,
  body: JsonObject,
  measured: Measured,
): Promise<void> {
  const answer = new RestAnswer(context, response, context.pace, reply.place);
  const { tool, arguments: given = {}, ...others } = body;
  try {
    if (typeof tool !== 'string' || !isJsonObject(given) || Object.keys(others).length > 0) {
      const text = 'Send a JSON-RPC message, or { "tool": name, "arguments": object }.';
      throw new GatewayError('invalid_request', text);
    }
    const io = new RestIo(undefined);
    response.once('close', () => io.cancellation.cancel('client_gone'));
    const place = { principal, endpoint, sessionId: live.session.id, answer };
    const result = await runRestCall(context.gateway, { ...place, ...measured, tool, given }, io);
    answer.result(result.bytes, false);
  } catch (error) {
    answer.error(error);
  }
}

async function answerAlone(
  context: SessionMessagesContext,
  { principal, endpoint, live, response, reply }: SessionExchange,
  value: unknown,
  measured: Measured,
): Promise<void> {
  const frame = readFrame(value);
  if (frame.kind !== 'request') {
    reply.empty(202);
    return;
  }
  const isModern = stringMember(frame.params, '_meta') === undefined && '_meta' in frame.params;
  try {
    const opened = ({ cancellation }: ModernIo): void => {
      response.once('close', () => cancellation.cancel('client_gone'));
    };
    const place = { principal, endpoint, sessionId: live.session.id, answer: reply, ...measured };
    reply.result(frame.id, await answerOnce(context.gateway, place, frame, opened));
  } catch (error) {
    answerError(context, reply, isModern ? 'modern' : 'legacy', frame.id, error);
  }
}
