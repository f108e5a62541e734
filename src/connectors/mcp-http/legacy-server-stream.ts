import { Cancellation } from '../../kernel/cancellation.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import { pause } from '../../kernel/pause.ts';
import { SseParser } from '../../mcp/wire/sse-parser.ts';
import type { EgressResponse } from '../../kernel/egress.ts';
import { isEventStream } from './endpoint.ts';
import { isEraEvidence } from './status-error.ts';

/** What the stream needs of its session. */
export interface ServerStreamEvents {
  get(lastEventId: string | undefined, cancellation: Cancellation): Promise<EgressResponse>;
  /** Takes one event; a returned promise delays the next. */
  event(data: Buffer): Promise<void> | undefined;
  /** A stream that was there is not found any more. */
  gone(): void;
  readonly cancellation: Cancellation;
  readonly log: Log;
}

/** The GET stream of a legacy session: kept open, opened again when it breaks. */
export class LegacyServerStream {
  readonly #events: ServerStreamEvents;
  #lastEventId: string | undefined;
  #wasOpen = false;
  #delayMs: number = limits.streamRetryMsMin;

  constructor(events: ServerStreamEvents) {
    this.#events = events;
  }

  /** Reads until the session ends, or the server says that it has no such stream. */
  async run(): Promise<void> {
    const { cancellation } = this.#events;
    while (cancellation.reason === undefined) {
      const startedMs = Date.now();
      const askedMs = await this.#readOnce();
      if (askedMs === 'never') return;
      const lasted = Date.now() - startedMs > limits.streamRetryMsMax / 2;
      const doubledMs = Math.min(this.#delayMs * 2, limits.streamRetryMsMax);
      this.#delayMs = lasted ? limits.streamRetryMsMin : doubledMs;
      // What the server asks for is a minimum; the gateway's own delay varies, against stampedes.
      const ownMs = this.#delayMs * (0.75 + Math.random() / 4);
      await pause(Math.min(askedMs ?? ownMs, limits.streamRetryMsMax), cancellation);
    }
  }

  /** Returns how long the server wants to be left alone, if it said so. */
  async #readOnce(): Promise<number | undefined | 'never'> {
    const { get, event, cancellation, log } = this.#events;
    const parser = new SseParser();
    // Of its own, because the session's outlives many of these requests.
    const current = new Cancellation();
    const undo = cancellation.onCancel((reason) => current.cancel(reason));
    try {
      const response = await get(this.#lastEventId, current);
      if (response.status !== 200 || !isEventStream(response)) {
        response.discard();
        if (response.status === 404 && this.#wasOpen) this.#events.gone();
        return isEraEvidence(response.status) ? 'never' : undefined;
      }
      this.#wasOpen = true;
      for await (const chunk of response.stream()) {
        for (const { type, data } of parser.write(chunk)) {
          if (type === 'message') await event(data);
        }
      }
    } catch (error) {
      if (cancellation.reason !== undefined) return 'never';
      const text = error instanceof Error ? error.message : '';
      log.debug({ error: text }, "a legacy service's event stream broke");
    } finally {
      undo();
    }
    this.#lastEventId = parser.lastEventId ?? this.#lastEventId;
    return parser.retryMs;
  }
}
