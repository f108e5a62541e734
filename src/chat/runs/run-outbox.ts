import { limits } from '../../kernel/limits.ts';
import type { RunEvent } from '../loop/agent-engine.ts';
import type { NumberedEvent } from '../chat-run.ts';

type Delta = Extract<RunEvent, { readonly type: 'text' | 'reasoning' }>;

/** How many events of a run there may be. */
export interface EventBounds {
  readonly max: number;
}

/**
 * Events of a run on their way to the store: they get their numbers here, and text that comes word
 * by word becomes one event for some of it.
 */
export class RunOutbox {
  readonly #bounds: EventBounds;
  #seq: number;
  #gathered: Delta | undefined;
  #waiting: NumberedEvent[] = [];

  constructor(lastSeq: number, bounds: EventBounds = { max: limits.chatEventsPerRunMax }) {
    this.#seq = lastSeq;
    this.#bounds = bounds;
  }

  /** Whether there is anything to write. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#gathered === undefined;
  }

  /** Adds an event; true when it should be written at once, false when it may be gathered on. */
  add(event: RunEvent): boolean {
    if (event.type !== 'text' && event.type !== 'reasoning') {
      this.#close();
      this.#push(event);
      return true;
    }
    if (this.#gathered !== undefined && this.#gathered.type !== event.type) this.#close();
    const text = (this.#gathered?.text ?? '') + event.text;
    this.#gathered = { type: event.type, text };
    return text.length >= limits.chatEventGatherCharactersMax;
  }

  /** Takes what there is to be written, in order. */
  take(): readonly NumberedEvent[] {
    this.#close();
    const taken = this.#waiting;
    this.#waiting = [];
    return taken;
  }

  /** Puts back what could not be written. */
  putBack(events: readonly NumberedEvent[]): void {
    this.#waiting = [...events, ...this.#waiting];
  }

  #close(): void {
    const gathered = this.#gathered;
    this.#gathered = undefined;
    if (gathered !== undefined) this.#push(gathered);
  }

  #push(event: RunEvent): void {
    if (!this.#hasRoom(event)) return;
    this.#waiting.push({ seq: ++this.#seq, event });
  }

  #hasRoom({ type }: RunEvent): boolean {
    const { max } = this.#bounds;
    if (this.#seq < max) return true;
    if (type === 'finished' || type === 'waiting' || type === 'error') return true;
    const isDetail = type === 'text' || type === 'reasoning' || type === 'tool_progress';
    return !isDetail && this.#seq < 2 * max;
  }
}
