import {
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  MessageType,
  parseMessage,
  stringifyMessage,
  type Message,
  type SubscribePayload,
} from 'graphql-ws';
import { GatewayError } from '../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ExchangeIo } from '../../mcp/message.ts';
import { ArgumentError } from '../../upstream/argument-error.ts';
import type { Egress, EgressWebSocket } from '../../kernel/egress.ts';
import { errorResult, structuredResult } from '../../upstream/tool-result.ts';
import type { OperationPayload } from './send-operation.ts';
import { errorText } from './to-tool-result.ts';

/** How long one call listens; absent members take the service's own bounds. */
export interface ListenBounds {
  readonly eventsMax?: number;
  readonly durationMs?: number;
}

/** Runs a subscription for one call and returns the CallToolResult with its events. */
export type Subscribe = (
  payload: OperationPayload,
  bounds: ListenBounds,
  io: ExchangeIo,
) => Promise<JsonObject>;

/** What subscribing needs; the two bounds are what a call may at most ask for. */
export interface SubscribeOptions extends Required<ListenBounds> {
  readonly endpoint: string;
  readonly egress: Egress;
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly connectionParams: () => Promise<Readonly<Record<string, string>>>;
}

/** Why a subscription call ended. */
type Ending = 'completed' | 'events' | 'time' | 'size';

interface Collected {
  readonly events: Json[];
  characters: number;
}

const ID = '1';
/** Time kept back so that the result still reaches the client. */
const MARGIN_MS = 1_000;

/** Arguments that every subscription tool takes besides its variables. */
export function boundsSchema(options: Required<ListenBounds>): {
  readonly maxEvents: JsonObject;
  readonly maxSeconds: JsonObject;
} {
  const seconds = Math.max(1, Math.floor(options.durationMs / 1_000));
  return {
    maxEvents: {
      type: 'integer',
      minimum: 1,
      maximum: options.eventsMax,
      description: 'Return after so many events.',
    },
    maxSeconds: {
      type: 'integer',
      minimum: 1,
      maximum: seconds,
      description: 'Return after so many seconds.',
    },
  };
}

/** Reads `maxEvents` and `maxSeconds`. Throws ArgumentError. */
export function readBounds(input: JsonObject): ListenBounds {
  const whole = (name: string): number | undefined => {
    const value = input[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
    throw new ArgumentError(name, 'must be a whole number of at least 1.');
  };
  const events = whole('maxEvents');
  const seconds = whole('maxSeconds');
  return {
    ...(events === undefined ? {} : { eventsMax: events }),
    ...(seconds === undefined ? {} : { durationMs: seconds * 1_000 }),
  };
}

/**
 * Makes the function that subscribes over WebSocket (graphql-transport-ws): every event is a
 * progress notification, the result holds them all.
 */
export function createSubscribe(options: SubscribeOptions): Subscribe {
  return async (payload, bounds, io) => {
    const eventsMax = Math.min(bounds.eventsMax ?? options.eventsMax, options.eventsMax);
    const wantedMs = Math.min(bounds.durationMs ?? options.durationMs, options.durationMs);
    const durationMs = Math.max(0, Math.min(wantedMs, io.deadlineMs - Date.now() - MARGIN_MS));
    const socket = await options.egress.openWebSocket({
      url: options.endpoint,
      protocols: [GRAPHQL_TRANSPORT_WS_PROTOCOL],
      headers: await options.headers(),
      cancellation: io.cancellation,
      messageBytesMax: limits.toolResponseBytesMax,
    });
    try {
      const params = await options.connectionParams();
      const init = { type: MessageType.ConnectionInit, payload: params } as const;
      socket.send(stringifyMessage(init));
      return await listen(socket, payload, { eventsMax, durationMs }, io);
    } finally {
      socket.close();
    }
  };
}

async function listen(
  socket: EgressWebSocket,
  payload: OperationPayload,
  bounds: Required<ListenBounds>,
  io: ExchangeIo,
): Promise<JsonObject> {
  const collected: Collected = { events: [], characters: 0 };
  const texts = socket.messages()[Symbol.asyncIterator]();
  using clock = startClock(bounds.durationMs);
  for (;;) {
    const next = await Promise.race([texts.next(), clock.rang]);
    if (next === 'rang') return finish(socket, collected, 'time');
    if (next.done === true) throw closedEarly(socket);
    const message = readMessage(next.value.toString('utf8'));
    switch (message.type) {
      case MessageType.Ping:
        socket.send(stringifyMessage({ type: MessageType.Pong }));
        break;
      case MessageType.ConnectionAck: {
        const asked = payload as SubscribePayload;
        socket.send(stringifyMessage({ type: MessageType.Subscribe, id: ID, payload: asked }));
        break;
      }
      case MessageType.Next: {
        await keep(message.payload as unknown as Json, collected, bounds, io);
        if (collected.characters > limits.toolTextCharactersMax) {
          return finish(socket, collected, 'size');
        }
        if (collected.events.length >= bounds.eventsMax) {
          return finish(socket, collected, 'events');
        }
        break;
      }
      case MessageType.Error:
        return errorResult(...message.payload.map((it) => errorText(it as unknown as JsonObject)));
      case MessageType.Complete:
        return result(collected, 'completed');
      default:
        break;
    }
  }
}

async function keep(
  event: Json,
  collected: Collected,
  bounds: Required<ListenBounds>,
  io: ExchangeIo,
): Promise<void> {
  const text = JSON.stringify(event);
  collected.characters += text.length;
  if (collected.characters > limits.toolTextCharactersMax) return;
  collected.events.push(event);
  const params = { progress: collected.events.length, total: bounds.eventsMax, message: text };
  await io.notify({ method: 'notifications/progress', params });
}

function finish(socket: EgressWebSocket, collected: Collected, ending: Ending): JsonObject {
  socket.send(stringifyMessage({ type: MessageType.Complete, id: ID }));
  return result(collected, ending);
}

function result({ events }: Collected, ended: Ending): JsonObject {
  const failed = events.length > 0 && events.every((event) => isErrorOnly(event));
  if (failed) {
    const errors = events.flatMap((event) => (isJsonObject(event) ? event['errors'] : []) as Json);
    return errorResult(...(errors as unknown as JsonObject[]).map(errorText));
  }
  return structuredResult({ events, ended });
}

const isErrorOnly = (event: Json): boolean =>
  isJsonObject(event) && Array.isArray(event['errors']) && !isJsonObject(event['data']);

function readMessage(text: string): Message {
  try {
    return parseMessage(text);
  } catch (cause) {
    const problem = 'The service broke the subscription protocol.';
    throw new GatewayError('upstream_failed', problem, { cause });
  }
}

function closedEarly(socket: EgressWebSocket): GatewayError {
  const { code, reason } = socket.closed ?? { code: 0, reason: '' };
  const text = `The service closed the subscription (${code} ${reason.slice(0, 200)}).`;
  return new GatewayError('upstream_failed', text);
}

interface Clock extends Disposable {
  readonly rang: Promise<'rang'>;
}

function startClock(durationMs: number): Clock {
  const { promise, resolve } = Promise.withResolvers<'rang'>();
  const timer = setTimeout(() => resolve('rang'), durationMs);
  return { rang: promise, [Symbol.dispose]: () => clearTimeout(timer) };
}
