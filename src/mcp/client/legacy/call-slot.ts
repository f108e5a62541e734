import { cancelError, type Cancellation } from '../../../kernel/cancellation.ts';

type Waiting = { readonly enter: () => void; readonly turnAway: () => void };

/**
 * The one place for a call that may be asked something, on sessions where a question does not say
 * which call it belongs to. Elsewhere there is always room.
 */
export class CallSlot {
  readonly #single: boolean;
  readonly #waiting: Waiting[] = [];
  #taken = false;
  #parkedAtMs: number | undefined;

  constructor(single: boolean) {
    this.#single = single;
  }

  get isTaken(): boolean {
    return this.#taken;
  }

  /** True while a call that waits for input keeps everybody else out. */
  get isParked(): boolean {
    return this.#parkedAtMs !== undefined;
  }

  /** Since when on the monotonic clock; undefined when it is not. */
  get parkedAtMs(): number | undefined {
    return this.#parkedAtMs;
  }

  /**
   * Waits for room. False when the call before it began to wait for input, which can take minutes:
   * another session is the better place then. Throws when the exchange is cancelled.
   */
  async enter(cancellation: Cancellation): Promise<boolean> {
    if (!this.#single) return true;
    if (this.isParked) return false;
    if (!this.#taken) {
      this.#taken = true;
      return true;
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        enter: () => {
          undo();
          resolve(true);
        },
        turnAway: () => {
          undo();
          resolve(false);
        },
      };
      this.#waiting.push(waiting);
      const undo = cancellation.onCancel((reason) => {
        const index = this.#waiting.indexOf(waiting);
        if (index !== -1) this.#waiting.splice(index, 1);
        reject(cancelError(reason));
      });
    });
  }

  /** The call inside now waits for input; who queues behind it is turned away. */
  parked(): void {
    if (!this.#single) return;
    this.#parkedAtMs = performance.now();
    for (const waiting of this.#waiting.splice(0)) waiting.turnAway();
  }

  /** The session is over; who queues is turned away. */
  close(): void {
    for (const waiting of this.#waiting.splice(0)) waiting.turnAway();
  }

  /** The call inside goes on. */
  resumed(): void {
    this.#parkedAtMs = undefined;
  }

  /** The call inside is over; the next one enters. */
  leave(): void {
    if (!this.#single) return;
    this.#parkedAtMs = undefined;
    const next = this.#waiting.shift();
    this.#taken = next !== undefined;
    next?.enter();
  }
}
