/** The pauses between things that may be asked for again and again. */
export interface PauseBounds {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Lets something happen at once after a quiet time, and later each time while there is none. */
export class GrowingPause {
  readonly #bounds: PauseBounds;
  #pauseMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(bounds: PauseBounds) {
    this.#bounds = bounds;
    this.#pauseMs = bounds.firstMs;
  }

  /** How long it has to wait now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#lastMs + this.#pauseMs - nowMs);
  }

  /** It happens now; `maxMs` bounds the next pause further. */
  happens(nowMs: number, maxMs: number = this.#bounds.maxMs): void {
    const { firstMs } = this.#bounds;
    // Whoever repeats itself with a pause of its own is no quieter for that.
    const isQuiet = nowMs - this.#lastMs > QUIET_PAUSES * (this.#pauseMs + firstMs);
    this.#pauseMs = isQuiet ? firstMs : Math.min(maxMs, this.#pauseMs * 2);
    this.#lastMs = nowMs;
  }
}

/** So many pauses without anything are a quiet time. */
const QUIET_PAUSES = 4;
