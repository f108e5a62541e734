import type { Cancellation } from '../../../kernel/cancellation.ts';

const TICK_MS = 1_000;

/** Something with an end that the clock enforces. */
export interface Timed {
  readonly deadlineMs: number;
  readonly cancellation: Cancellation;
}

/** A place in the clock's list; kept by whoever was added, to be removed by it. */
export interface ClockEntry {
  timed: Timed | undefined;
  before: ClockEntry | undefined;
  after: ClockEntry | undefined;
}

/**
 * Cuts exchanges that outlive their deadline. All exchanges get the same time, so the order of
 * arrival is the order of deadlines and one timer serves them all.
 *
 * A linked list whose removed entries point nowhere: in a Set that is added to and deleted from
 * this often, tables that V8 has outgrown keep pointing at their successors, and whole finished
 * requests survive in them until a full collection.
 */
export class DeadlineClock implements Disposable {
  #first: ClockEntry | undefined;
  #last: ClockEntry | undefined;
  #size = 0;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => this.#tick(Date.now()), TICK_MS);
    this.#timer.unref();
  }

  /** Exchanges that are running. */
  get size(): number {
    return this.#size;
  }

  add(timed: Timed): ClockEntry {
    const entry: ClockEntry = { timed, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
    this.#size++;
    return entry;
  }

  /** Takes an entry out; harmless when it is out already. */
  remove(entry: ClockEntry): void {
    if (entry.timed === undefined) return;
    const { before, after } = entry;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    entry.timed = undefined;
    entry.before = undefined;
    entry.after = undefined;
    this.#size--;
  }

  /** Cancels everything that still runs. */
  cancelAll(): void {
    while (this.#first !== undefined) this.#cut(this.#first, 'shutdown');
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(nowMs: number): void {
    while (this.#first?.timed !== undefined && this.#first.timed.deadlineMs <= nowMs) {
      this.#cut(this.#first, 'deadline');
    }
  }

  #cut(entry: ClockEntry, reason: 'deadline' | 'shutdown'): void {
    const { timed } = entry;
    this.remove(entry);
    timed?.cancellation.cancel(reason);
  }
}
