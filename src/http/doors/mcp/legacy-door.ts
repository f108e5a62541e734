import type { IncomingHttpHeaders } from 'node:http';
import type { Gateway } from '../../../gateway/gateway.ts';
import { handleInTime } from '../../../gateway/handle-in-time.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { HandleRequest } from '../../../mcp/server/legacy/legacy-server-session.ts';
import { streamIdOf, type ReplayStream } from '../../../mcp/server/legacy/replay-stream.ts';
import { readFrame, type Frame, type RequestFrame } from '../../../mcp/json-rpc.ts';
import { batchVersions, legacyVersions } from '../../../mcp/protocol.ts';
import type { ErrorContext } from '../../../mcp/rpc-error-object.ts';
import { acceptsEvents } from './accepts-events.ts';
import { attachReply, LegacyAnswer } from './legacy-answer.ts';
import { BatchAnswer } from './batch-answer.ts';
import type { HttpSession, LegacySessions, OpenedSession } from './legacy-sessions.ts';
import type { HttpExchange } from './modern-door.ts';
import type { Reply } from '../../listener/reply.ts';

/** What the legacy door is made from. */
export interface LegacyDoorContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly sessions: LegacySessions;
}

/** Serves a POST of a legacy client: one message, or a batch where its revision has batches. */
export async function serveLegacyPost(
  context: LegacyDoorContext,
  exchange: HttpExchange,
  value: unknown,
  reply: Reply,
): Promise<void> {
  const isBatch = Array.isArray(value);
  const frames = isBatch ? readBatch(value) : [readFrame(value)];
  const opening = frames.find(isInitialize);
  // What came along of an earlier session or revision says nothing about the one that is opened.
  if (opening === undefined) checkVersion(exchange.headers);
  else {
    if (isBatch) throw invalid('initialize must not be part of a batch.');
    await initialize(context, exchange, opening, reply);
    return;
  }
  const http = findSession(context, exchange);
  const { session } = http;
  if (isBatch && !batchVersions.has(session.protocolVersion ?? '')) {
    throw invalid('This protocol version has no batches.');
  }
  const requests = frames.filter((frame) => frame.kind === 'request').length;
  if (requests === 0) reply.empty(202);
  const openStream = (): ReplayStream => context.sessions.openStream(http);
  const primes = (session.protocolVersion ?? '') >= '2025-11-25';
  const batch =
    isBatch && requests > 0 ? new BatchAnswer(context, reply, openStream(), requests) : undefined;
  const elsewhere = acceptsEvents(exchange.headers) ? undefined : http.serverStream;
  const running: Promise<void>[] = [];
  // In the order of the batch: a cancellation may follow the very call it cancels.
  for (const frame of frames) {
    if (frame.kind === 'notification') session.notification(frame);
    else if (frame.kind === 'response') session.response(frame);
    else {
      const sink = batch?.sink() ?? new LegacyAnswer(context, reply, openStream, primes, elsewhere);
      running.push(session.request(frame, sink, Math.round(exchange.bytesIn / requests)));
    }
  }
  await Promise.all(running);
}

/** Serves a GET: the stream of messages that belong to no request, or a stream's replay. */
export function serveLegacyGet(
  context: LegacyDoorContext,
  exchange: HttpExchange,
  reply: Reply,
): void {
  const { headers } = exchange;
  if (headers['mcp-session-id'] === undefined) {
    // Clients ask this way whether there is a stream at all before they open a session.
    reply.addHeader('allow', 'POST, GET, DELETE');
    throw new GatewayError('method_not_allowed', 'A GET needs the Mcp-Session-Id of a session.');
  }
  if (!acceptsEvents(headers)) {
    throw new GatewayError('not_acceptable', 'A GET must accept text/event-stream.');
  }
  checkVersion(headers);
  const http = findSession(context, exchange);
  const primes = (http.session.protocolVersion ?? '') >= '2025-11-25';
  const lastEventId = headers['last-event-id'];
  if (typeof lastEventId === 'string') {
    const stream = http.streams.get(streamIdOf(lastEventId));
    if (stream === undefined) throw new GatewayError('not_found', 'That stream is not kept.');
    attachReply(reply, stream, lastEventId, primes);
    return;
  }
  attachReply(reply, http.serverStream, undefined, primes);
  http.session.announceChanges();
  // A client that vanished keeps no place that a living one needs.
  reply.onClose(() => {
    if (!http.serverStream.attached) http.session.pauseChanges();
  });
}

/** Serves a DELETE: the client ends its session. */
export function serveLegacyDelete(
  context: LegacyDoorContext,
  exchange: HttpExchange,
  reply: Reply,
): void {
  context.sessions.end(findSession(context, exchange));
  reply.empty(200);
}

async function initialize(
  context: LegacyDoorContext,
  exchange: HttpExchange,
  frame: RequestFrame,
  reply: Reply,
): Promise<void> {
  const http = context.sessions.open(exchange, (opened) =>
    handleFor(context.gateway, exchange, opened),
  );
  reply.addHeader('mcp-session-id', http.session.id);
  const openStream = (): ReplayStream => context.sessions.openStream(http);
  const elsewhere = acceptsEvents(exchange.headers) ? undefined : http.serverStream;
  await http.session.request(
    frame,
    new LegacyAnswer(context, reply, openStream, false, elsewhere),
    exchange.bytesIn,
  );
  if (http.session.protocolVersion === undefined) context.sessions.end(http);
}

/** Runs a session's requests through the spine, for the caller of its latest message. */
function handleFor(
  gateway: Gateway,
  { endpoint, managed }: HttpExchange,
  opened: OpenedSession,
): HandleRequest {
  const sessionId = managed?.session.id ?? opened.id;
  return (request, io, bytesIn) =>
    handleInTime(gateway, {
      principal: opened.caller(),
      endpoint,
      request,
      io,
      bytesIn,
      sessionId,
      headers: undefined,
      answer: undefined,
      startedAtMs: Date.now(),
      startedMonotonicMs: performance.now(),
    });
}

function findSession({ sessions }: LegacyDoorContext, exchange: HttpExchange): HttpSession {
  const id = exchange.headers['mcp-session-id'];
  if (typeof id !== 'string' || id === '') throw invalid('The header Mcp-Session-Id is missing.');
  return sessions.find(id, exchange);
}

function readBatch(values: readonly unknown[]): readonly Frame[] {
  if (values.length === 0 || values.length > limits.batchMessagesMax) {
    throw invalid(`A batch must have 1 to ${limits.batchMessagesMax} messages.`);
  }
  return values.map(readFrame);
}

function checkVersion(headers: IncomingHttpHeaders): void {
  const version = headers['mcp-protocol-version'];
  if (version === undefined || legacyVersions.includes(version as string)) return;
  throw invalid(`The protocol version must be one of ${legacyVersions.join(', ')}.`);
}

function isInitialize(frame: Frame): frame is RequestFrame {
  return frame.kind === 'request' && frame.method === 'initialize';
}

function invalid(text: string): GatewayError {
  return new GatewayError('invalid_request', text);
}
