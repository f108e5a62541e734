import type { Fence } from '../../kernel/fence.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { DeliveryTry, DueDelivery, DuePlace, WebhookStore } from '../store.ts';
import { nextTry } from './next-try.ts';
import { sendDelivery, type SendContext } from './send-delivery.ts';
import { SendSlots } from './send-slots.ts';

/** What the deliverer works with. */
export interface DelivererContext extends SendContext {
  readonly store: Pick<WebhookStore, 'duePlaces' | 'due' | 'note'>;
  readonly log: Log;
  /** From 0 to 1. */
  chance(): number;
}

interface Ended {
  readonly tried: DeliveryTry;
  readonly fence: Fence;
  release(): void;
}

/** An answer that takes longer makes an endpoint share the places of those which fail. */
const SLOW_MS = 2_000;
/** The pause after tries could not be noted, during which they are not sent again. */
const NOTE_AGAIN_MS = 1_000;

/**
 * Sends what is due. A look starts tries and waits for none: how each went is noted when it ends,
 * so an endpoint that hangs delays only what is for it. What could not be noted is sent again.
 */
export class Deliverer implements AsyncDisposable {
  readonly #context: DelivererContext;
  readonly #slots = new SendSlots();
  readonly #running = new Set<Promise<void>>();
  readonly #ended: Ended[] = [];
  /** Where the next look begins, so that the first ones in the list have no advantage. */
  #turn = 0;
  #noting: Promise<void> | undefined;
  #isStopped = false;
  /** Called when there is room again. */
  onRoom: () => void = () => {};

  constructor(context: DelivererContext) {
    this.#context = context;
  }

  /** Starts as many tries as there is room for. */
  async look(fence: Fence, signal: AbortSignal): Promise<void> {
    const { store, now } = this.#context;
    const places = await store.duePlaces(now());
    const first = places.length === 0 ? 0 : this.#turn++ % places.length;
    for (const place of [...places.slice(first), ...places.slice(0, first)]) {
      if (signal.aborted || this.#isStopped || this.#slots.sends >= limits.webhookSendsMax) return;
      const room = this.#slots.room(place);
      if (room > 0) await this.#startSome(place, room, fence);
    }
  }

  /** Starts nothing more and resolves when what runs has ended and was noted, or soon after. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    const settled = Promise.all(this.#running).then(() => this.#noting);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, limits.webhookSendMs);
    await Promise.race([settled, late.promise]);
    clearTimeout(timer);
  }

  async #startSome(place: DuePlace, room: number, fence: Fence): Promise<void> {
    // As of before the reading: a try that is noted meanwhile is still due in what was read.
    const under = new Set(this.#slots.under(place));
    const due = await this.#context.store.due(place, this.#context.now(), room + under.size);
    const free = due.filter(({ eventId }) => !under.has(eventId)).slice(0, room);
    for (const delivery of free) {
      const run = this.#send(place, delivery, fence);
      this.#running.add(run);
      void run.finally(() => this.#running.delete(run));
    }
  }

  async #send(place: DuePlace, delivery: DueDelivery, fence: Fence): Promise<void> {
    const { now, chance } = this.#context;
    const startMs = now();
    const release = this.#slots.take(place, delivery.eventId);
    const result = await sendDelivery(this.#context, place, delivery);
    const atMs = now();
    const attempts = delivery.attempts + 1;
    const { isDelivered, status, problem, retryAfterMs } = result;
    const { state, nextAtMs } = isDelivered
      ? { state: 'delivered' as const, nextAtMs: atMs }
      : nextTry({ attempts, nowMs: atMs, retryAfterMs, chance: chance() });
    const { eventId } = delivery;
    this.#ended.push({
      tried: { ...place, eventId, state, attempts, nextAtMs, atMs, status, problem },
      fence,
      release: () => release(isDelivered && atMs - startMs < SLOW_MS),
    });
    this.#noting ??= this.#noteAll().finally(() => (this.#noting = undefined));
    await this.#noting;
  }

  /** What ends while a transaction runs goes into the next one. */
  async #noteAll(): Promise<void> {
    const { store, log } = this.#context;
    for (let some = this.#take(); some.length > 0; some = this.#take()) {
      const [{ fence }] = some as [Ended];
      try {
        await store.note(
          some.map(({ tried }) => tried),
          fence,
        );
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ count: some.length, reason }, 'tries of webhooks could not be noted');
        await new Promise((resolve) => setTimeout(resolve, NOTE_AGAIN_MS).unref());
      }
      for (const { release } of some) release();
      this.onRoom();
    }
  }

  /** Those of one holder of the job. */
  #take(): readonly Ended[] {
    const number = this.#ended[0]?.fence.number;
    const count = this.#ended.findIndex(({ fence }) => fence.number !== number);
    return this.#ended.splice(0, count === -1 ? this.#ended.length : count);
  }
}
