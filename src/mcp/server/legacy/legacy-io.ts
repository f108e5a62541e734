import type { Cancellation } from '../../../kernel/cancellation.ts';
import type { Json } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { notificationText } from '../../wire/message-text.ts';
import type { ExchangeIo, McpNotification } from '../../message.ts';
import type { MessageSink } from '../message-sink.ts';

/** The way back of one legacy request: its notifications go where its answer will go. */
export class LegacyIo implements ExchangeIo {
  readonly cancellation: Cancellation;
  readonly deadlineMs = Date.now() + limits.exchangeTotalMs;
  notified = 0;
  readonly #sink: MessageSink | undefined;
  readonly #progressToken: string | number | undefined;
  readonly #logLevel: string | undefined;

  constructor(
    cancellation: Cancellation,
    sink: MessageSink | undefined,
    progressToken: string | number | undefined,
    logLevel: string | undefined,
  ) {
    this.cancellation = cancellation;
    this.#sink = sink;
    this.#progressToken = progressToken;
    this.#logLevel = logLevel;
  }

  notify({ method, params }: McpNotification): Promise<void> | undefined {
    if (this.cancellation.reason !== undefined) return undefined;
    let sent: Json = params;
    if (method === 'notifications/progress') {
      if (this.#progressToken === undefined) return undefined;
      sent = { ...params, progressToken: this.#progressToken };
    } else if (method === 'notifications/message' && this.#logLevel === undefined) {
      return undefined;
    }
    this.notified++;
    return this.#sink?.message(notificationText(method, sent));
  }
}
