import type { IncomingHttpHeaders } from 'node:http';
import type { Endpoint } from '../../gateway/exchange.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type Json } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import {
  decodeModernRequest,
  type ModernRequest,
} from '../../mcp/eras/modern/server/decode-request.ts';
import { encodeModernResult } from '../../mcp/eras/modern/server/encode-result.ts';
import { notificationText, type RequestFrame, type RequestId } from '../../mcp/json-rpc.ts';
import type { ExchangeIo, McpNotification } from '../../mcp/message.ts';
import { meta } from '../../mcp/protocol.ts';
import { answerError, type ErrorContext } from './answer-error.ts';
import type { DeadlineClock } from './deadline-clock.ts';
import type { Reply } from './reply.ts';

/** What the modern door is made from. */
export interface ModernDoorContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly clock: DeadlineClock;
}

/** A request frame with what HTTP knows about it. */
export interface HttpExchange {
  readonly endpoint: Endpoint;
  readonly token: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly bytesIn: number;
  readonly startedAtMs: number;
  readonly startedMonotonicMs: number;
}

/** Serves one request of the modern era: stateless, answered on its own response. */
export async function serveModern(
  context: ModernDoorContext,
  exchange: HttpExchange,
  frame: RequestFrame,
  reply: Reply,
  onClose: (listener: () => void) => void,
): Promise<void> {
  let io: ModernIo | undefined;
  try {
    const decoded = decodeModernRequest(frame, exchange.headers);
    io = new ModernIo(frame.id, decoded, reply, acceptsEvents(exchange.headers));
    const { cancellation } = io;
    onClose(() => cancellation.cancel('client_gone'));
    context.clock.add(io);
    const { request } = decoded;
    const outcome = await context.gateway.handle({ ...exchange, request, io, sessionId: null });
    const encoded = encodeModernResult(request.method, outcome);
    const result = io.isListen
      ? encoded.withMember('_meta', JSON.stringify({ [meta.subscriptionId]: frame.id }))
      : encoded;
    reply.result(frame.id, result);
  } catch (error) {
    answerError(context, reply, 'modern', frame.id, inTime(error, io));
  } finally {
    if (io !== undefined) context.clock.remove(io);
  }
}

/** A cancellation by the clock is an answer that came too late. */
function inTime(error: unknown, io: ModernIo | undefined): unknown {
  const cut = error instanceof GatewayError && error.code === 'cancelled';
  if (cut && io?.cancellation.reason === 'deadline') return new GatewayError('upstream_timeout');
  if (cut && io?.cancellation.reason === 'shutdown') return new GatewayError('shutting_down');
  return error;
}

function acceptsEvents(headers: IncomingHttpHeaders): boolean {
  const { accept } = headers;
  return accept === undefined || accept.includes('text/event-stream') || accept.includes('*/*');
}

/** The way back of one modern request: its notifications go on its own response. */
class ModernIo implements ExchangeIo {
  readonly cancellation = new Cancellation();
  readonly deadlineMs: number;
  readonly isListen: boolean;
  notified = 0;
  readonly #id: RequestId;
  readonly #decoded: ModernRequest;
  readonly #reply: Reply;
  readonly #acceptsEvents: boolean;

  constructor(id: RequestId, decoded: ModernRequest, reply: Reply, takesEvents: boolean) {
    this.#id = id;
    this.#decoded = decoded;
    this.#reply = reply;
    this.#acceptsEvents = takesEvents;
    this.isListen = decoded.request.method === 'subscriptions/listen';
    this.deadlineMs = this.isListen ? Number.MAX_SAFE_INTEGER : Date.now() + limits.exchangeTotalMs;
  }

  notify({ method, params }: McpNotification): Promise<void> | undefined {
    if (!this.#acceptsEvents || this.cancellation.reason !== undefined) return undefined;
    const { progressToken, request } = this.#decoded;
    let sent: Json = params;
    if (method === 'notifications/progress') {
      if (progressToken === undefined) return undefined;
      sent = { ...params, progressToken };
    } else if (method === 'notifications/message' && request.logLevel === undefined) {
      return undefined;
    }
    if (this.isListen) {
      const own = isJsonObject(params['_meta']) ? params['_meta'] : {};
      sent = { ...params, _meta: { ...own, [meta.subscriptionId]: this.#id } };
    }
    this.notified++;
    return this.#reply.event(notificationText(method, sent));
  }
}
