import { GatewayError } from '../../kernel/errors.ts';
import { withoutMembers } from '../../kernel/json.ts';
import { isLogWanted } from '../../mcp/log-level.ts';
import { neutralError } from '../../mcp/client/neutral-error.ts';
import {
  readServerMessage,
  type ServerAnswer,
  type ServerMessage,
} from '../../mcp/wire/server-message.ts';
import { PIPED_BYTES_MIN, pipeFor, PipedResult } from '../../mcp/client/piped-result.ts';
import { withoutSubscriptionId } from '../../mcp/client/modern/without-subscription-id.ts';
import type { ExchangeIo, McpNotification, PipedOutcome } from '../../mcp/message.ts';
import { meta } from '../../mcp/protocol.ts';
import { answeredId } from '../../mcp/wire/answered-id.ts';
import { SseParser } from '../../mcp/wire/sse-parser.ts';
import type { EgressResponse } from '../../kernel/egress.ts';
import { drain } from './drain.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What of a request decides which notifications its client gets. */
interface StreamedRequest {
  readonly method: string;
  readonly wantsProgress: boolean;
  readonly logLevel?: string;
}

/**
 * Reads the event stream of one request: notifications go to the client as they come, the answer
 * ends it. Throws `upstream_failed` when the stream ends without one.
 */
export async function readCallStream(
  response: EgressResponse,
  id: number,
  request: StreamedRequest,
  io: ExchangeIo,
): Promise<ServerAnswer | PipedOutcome> {
  const parser = new SseParser();
  const stream = response.stream(true)[Symbol.asyncIterator]();
  let pipe = pipeFor(request.method, io);
  try {
    for (;;) {
      const next = await stream.next();
      if (next.done === true) throw broken();
      for (const { type, data } of parser.write(next.value)) {
        if (type !== 'message') continue;
        const message = messageOf(data, id);
        if (message === undefined) continue;
        if (isAnswerTo(message, id)) {
          void drain(stream, response);
          // A result outlives what was lent.
          return message.kind === 'error' ? message : { ...message, result: message.result.own() };
        }
        const notification = notificationFor(message, request);
        if (notification !== undefined) await io.notify(notification);
        pipe = pipeFor(request.method, io);
      }
      const open = pipe === undefined ? undefined : parser.openData(PIPED_BYTES_MIN);
      if (pipe === undefined || open === undefined) continue;
      const piped = PipedResult.begin(open, id, pipe)?.result;
      if (piped !== undefined) return await pipeRest(piped, stream, response);
      // It is no complete result, and will not become one before its event ends.
      pipe = undefined;
    }
  } catch (error) {
    response.discard();
    throw error;
  }
}

/** Passes on what is left of the data line of an answer. */
async function pipeRest(
  piped: PipedResult,
  stream: AsyncIterator<Buffer>,
  response: EgressResponse,
): Promise<PipedOutcome> {
  for (;;) {
    await piped.flowing;
    const next = await stream.next();
    if (next.done === true) throw broken();
    const end = lineEnd(next.value);
    // A piece is only lent, and the client's socket may take its time.
    piped.pass(Buffer.from(end === -1 ? next.value : next.value.subarray(0, end)));
    if (end === -1) continue;
    const outcome = piped.end();
    void drain(stream, response);
    return outcome;
  }
}

/** Reads the event stream of a subscription until it ends well; throws when it breaks. */
export async function* readListenStream(
  response: EgressResponse,
  id: number,
): AsyncGenerator<McpNotification> {
  const parser = new SseParser();
  for await (const chunk of response.stream()) {
    for (const { type, data } of parser.write(chunk)) {
      if (type !== 'message') continue;
      const message = messageOf(data, id);
      if (message === undefined) continue;
      if (isAnswerTo(message, id)) {
        if (message.kind === 'error') throw neutralError(message.error);
        return;
      }
      if (message.kind !== 'notification') continue;
      if (message.method === 'notifications/cancelled') return;
      if (message.method === 'notifications/subscriptions/acknowledged') continue;
      yield { method: message.method, params: withoutSubscriptionId(message.params) };
    }
  }
  throw broken();
}

function lineEnd(bytes: Buffer): number {
  const feed = bytes.indexOf(LINE_FEED);
  const carriage = bytes.indexOf(CARRIAGE_RETURN);
  if (feed === -1 || carriage === -1) return Math.max(feed, carriage);
  return Math.min(feed, carriage);
}

/** A message; undefined for what is none (a heartbeat), unless it was meant as the answer. */
function messageOf(data: Buffer, id: number): ServerMessage | undefined {
  try {
    return readServerMessage(data);
  } catch (error) {
    if (answeredId(data) === id) throw error;
    return undefined;
  }
}

function isAnswerTo(message: ServerMessage, id: number): message is ServerAnswer {
  if (message.kind === 'error') return message.id === undefined || message.id === id;
  return message.kind === 'result' && message.id === id;
}

/** Everything on this stream is of this request; the client gets what it asked for. */
function notificationFor(
  message: ServerMessage,
  request: StreamedRequest,
): McpNotification | undefined {
  if (message.kind !== 'notification') return undefined;
  const { method, params } = message;
  if (method === 'notifications/progress') {
    if (!request.wantsProgress) return undefined;
    return { method, params: withoutMembers(params, [meta.progressToken]) };
  }
  if (method !== 'notifications/message') return undefined;
  return isLogWanted(params['level'], request.logLevel) ? { method, params } : undefined;
}

function broken(): GatewayError {
  return new GatewayError('upstream_failed', 'The service ended its stream without an answer.');
}
