import type { Cancellation } from '../../kernel/cancellation.ts';

const TICK_MS = 1_000;

/** Something with an end that the clock enforces. */
export interface Timed {
  readonly deadlineMs: number;
  readonly cancellation: Cancellation;
}

/**
 * Cuts exchanges that outlive their deadline. All exchanges get the same time, so insertion order
 * is deadline order and one timer serves them all.
 */
export class DeadlineClock implements Disposable {
  readonly #running = new Set<Timed>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#tick(Date.now()), TICK_MS);
    this.#timer.unref();
  }

  /** Exchanges that are running. */
  get size(): number {
    return this.#running.size;
  }

  add(timed: Timed): void {
    this.#running.add(timed);
  }

  remove(timed: Timed): void {
    this.#running.delete(timed);
  }

  /** Cancels everything that still runs. */
  cancelAll(): void {
    for (const { cancellation } of this.#running) cancellation.cancel('shutdown');
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(nowMs: number): void {
    for (const timed of this.#running) {
      if (timed.deadlineMs > nowMs) return;
      this.#running.delete(timed);
      timed.cancellation.cancel('deadline');
    }
  }
}
