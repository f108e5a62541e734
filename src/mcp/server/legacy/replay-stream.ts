import { limits } from '../../../kernel/limits.ts';

/** Where a stream's events go while a client is connected. */
export interface EventSink {
  event(id: string, data: string): Promise<void> | undefined;
  end(): void;
}

interface StoredEvent {
  readonly id: string;
  readonly data: string;
}

/**
 * One event stream of a legacy session that survives a lost connection: its events are kept
 * within bounds and sent again after the id a client names (2025-11-25 transports,
 * "Resumability and Redelivery").
 */
export class ReplayStream {
  readonly id: string;
  readonly #events: StoredEvent[] = [];
  #keptBytes = 0;
  #sequence = 0;
  #sink: EventSink | undefined;
  #ended = false;

  constructor(id: string) {
    this.id = id;
  }

  /** True when a client is connected to it. */
  get attached(): boolean {
    return this.#sink !== undefined;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The id for an event without data that only marks where a client is. */
  nextId(): string {
    return `${this.id}-${++this.#sequence}`;
  }

  /** Keeps a message and sends it to the client that is connected, if any. */
  message(data: string): Promise<void> | undefined {
    const event = { id: this.nextId(), data };
    this.#keep(event);
    return this.#sink?.event(event.id, event.data);
  }

  /** No more events: the connected client's stream ends. */
  end(): void {
    this.#ended = true;
    this.#sink?.end();
    this.#sink = undefined;
  }

  /** Connects a client in place of one before: sends what came after `lastId`, then what comes. */
  attach(sink: EventSink, lastId?: string): void {
    const after = lastId === undefined ? 0 : sequenceOf(lastId);
    for (const event of this.#events) {
      if (sequenceOf(event.id) > after) void sink.event(event.id, event.data);
    }
    const before = this.#sink;
    if (this.#ended) sink.end();
    else this.#sink = sink;
    before?.end();
  }

  /** The client left; events are kept for its return. */
  detach(sink: EventSink): void {
    if (this.#sink === sink) this.#sink = undefined;
  }

  #keep(event: StoredEvent): void {
    this.#events.push(event);
    this.#keptBytes += event.data.length;
    while (this.#keptBytes > limits.clientQueueBytesMax && this.#events.length > 1) {
      this.#keptBytes -= this.#events.shift()?.data.length ?? 0;
    }
  }
}

/** The stream an event id belongs to. */
export function streamIdOf(eventId: string): string {
  return eventId.slice(0, eventId.lastIndexOf('-'));
}

function sequenceOf(eventId: string): number {
  return Number(eventId.slice(eventId.lastIndexOf('-') + 1));
}
