import type { GatewayError } from '../../../kernel/errors.ts';
import type { ExchangeIo, McpNotification, PipedOutcome } from '../../message.ts';
import type { HeaderPlan } from '../../wire/header-plan.ts';
import type { ServerAnswer } from '../../wire/server-message.ts';
import type { Caller } from '../caller.ts';
import type { RequestContent } from './modern-request-text.ts';

/** A request for a modern server; the gateway's own requests have no caller. */
export interface ModernRequest extends RequestContent {
  readonly caller?: Caller;
}

/** What the server answered, or that its result has gone through the request's pipe. */
export type ModernAnswer = ServerAnswer | PipedOutcome;

/**
 * A request that was sent. In two steps, so that the usual answer, which is there when something
 * arrives, is waited for only once.
 */
export interface ModernExchange<Arrival> {
  /** Resolves when there is something to read. Rejects when there will be no answer. */
  readonly arrival: Promise<Arrival>;
  /** The answer in what arrived; a promise when there is more of it to come. Called once. */
  answer(arrival: Arrival): ModernAnswer | Promise<ModernAnswer>;
  /** See `CompleteOutcome`. */
  readonly release: (() => void) | undefined;
}

/** How messages to a modern server travel. `Arrival` is whatever an answer first shows as. */
export interface ModernTransport<Arrival> {
  /** The revision that is spoken. */
  readonly version: string;
  /** True when a tool may want arguments mirrored into headers: there are some. */
  readonly hasHeaders: boolean;
  /** Sends a request under this id. Throws GatewayError when it cannot be sent at all. */
  send(
    id: number,
    request: ModernRequest,
    io: ExchangeIo,
    plan: HeaderPlan | undefined,
  ): ModernExchange<Arrival>;
  /** Sends `subscriptions/listen` under this id and streams what comes of it. */
  listen(id: number, request: RequestContent, io: ExchangeIo): AsyncIterable<McpNotification>;
  /** Ends the connection, if there is one; what waits for an answer fails with the error. */
  close(error: GatewayError): Promise<void>;
}
