import type { IncomingHttpHeaders } from 'node:http';
import type { Endpoint } from '../../../gateway/exchange.ts';
import type { Gateway } from '../../../gateway/gateway.ts';
import type { SessionInUse } from '../../../gateway/sessions/managed-sessions.ts';
import { GatewayError } from '../../../kernel/errors.ts';
import { decodeModernRequest } from '../../../mcp/server/modern/decode-request.ts';
import { ModernIo } from '../../../mcp/server/modern/modern-io.ts';
import type { RequestFrame } from '../../../mcp/json-rpc.ts';
import type { ErrorContext } from '../../../mcp/rpc-error-object.ts';
import type { Principal } from '../../../kernel/principal.ts';
import { acceptsEvents } from './accepts-events.ts';
import { answerError } from './answer-error.ts';
import type { ClockEntry, DeadlineClock } from './deadline-clock.ts';
import type { Reply } from '../../listener/reply.ts';

/** What the modern door is made from. */
export interface ModernDoorContext extends ErrorContext {
  readonly gateway: Gateway;
  readonly clock: DeadlineClock;
  /** Listen streams that are open. */
  readonly listens: Set<ModernIo>;
}

/** A request frame with what HTTP knows about it. */
export interface HttpExchange {
  readonly endpoint: Endpoint;
  /** The session it was made in by its caller, or null. */
  readonly managed: SessionInUse | null;
  readonly principal: Principal;
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
  let entry: ClockEntry | undefined;
  let answered = false;
  try {
    const decoded = decodeModernRequest(frame, exchange.headers);
    const takesEvents = acceptsEvents(exchange.headers);
    const sink = { message: (text: string) => reply.event(text) };
    io = new ModernIo(frame.id, decoded, takesEvents ? sink : undefined, reply.pipe(frame.id));
    // Without a stream a subscription could never say anything, not even that it began.
    if (io.isListen && !takesEvents) throw new GatewayError('not_acceptable');
    const { cancellation } = io;
    onClose(() => {
      if (!answered) cancellation.cancel('client_gone');
    });
    // A listen stream has no deadline; it ends with its client or with the gateway.
    if (io.isListen) context.listens.add(io);
    else entry = context.clock.add(io);
    const outcome = await context.gateway.handle({
      principal: exchange.principal,
      endpoint: exchange.endpoint,
      request: decoded.request,
      io,
      bytesIn: exchange.bytesIn,
      sessionId: exchange.managed?.session.id ?? null,
      headers: exchange.headers,
      answer: reply,
      startedAtMs: exchange.startedAtMs,
      startedMonotonicMs: exchange.startedMonotonicMs,
    });
    if (outcome.resultType === 'piped') reply.piped(outcome);
    else {
      reply.result(frame.id, io.encode(outcome));
      if (outcome.resultType === 'complete') reply.whenSent(outcome.release);
    }
  } catch (error) {
    answerError(context, reply, 'modern', frame.id, inTime(error, io));
  } finally {
    answered = true;
    if (entry !== undefined) context.clock.remove(entry);
    else if (io !== undefined) context.listens.delete(io);
  }
}

/** A cancellation by the clock is an answer that came too late. */
function inTime(error: unknown, io: ModernIo | undefined): unknown {
  const cut = error instanceof GatewayError && error.code === 'cancelled';
  if (cut && io?.cancellation.reason === 'deadline') return new GatewayError('upstream_timeout');
  if (cut && io?.cancellation.reason === 'shutdown') return new GatewayError('shutting_down');
  return error;
}
